// Gives the page a camera and a microphone of its own: a coloured picture that moves and shows the time, and a tone.
(({ colour, toneHz, name, size: [WIDTH, HEIGHT] }) => {
  if (!navigator.mediaDevices) return;
  const FRAMES_PER_SECOND = 8;
  let canvas = null;
  let context = null;

  const draw = () => {
    const pen = canvas.getContext("2d");
    const now = performance.now();
    pen.fillStyle = `rgb(${colour.join(",")})`;
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    pen.fillStyle = "white";
    pen.fillRect((now / 12) % (WIDTH + 60) - 60, 20, 60, 70);
    pen.font = "28px sans-serif";
    pen.fillText(`${name} ${new Date().toISOString().slice(11, 22)}`, 40, 150);
  };

  const camera = () => {
    if (!canvas) {
      canvas = document.createElement("canvas");
      canvas.width = WIDTH;
      canvas.height = HEIGHT;
      draw();
      setInterval(draw, 1000 / FRAMES_PER_SECOND);
    }
    return canvas.captureStream(FRAMES_PER_SECOND).getVideoTracks()[0];
  };

  const microphone = () => {
    context ??= new AudioContext();
    const oscillator = context.createOscillator();
    const loudness = context.createGain();
    const out = context.createMediaStreamDestination();
    out.channelCount = 1;
    oscillator.frequency.value = toneHz;
    loudness.gain.value = 0.3;
    oscillator.connect(loudness).connect(out);
    oscillator.start();
    return out.stream.getAudioTracks()[0];
  };

  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const tracks = [];
    if (wanted.audio) tracks.push(microphone());
    if (wanted.video) tracks.push(camera());
    return new MediaStream(tracks);
  };
})

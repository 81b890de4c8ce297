// Gives the page a camera that flashes and a microphone that beeps at the same moment, once a second.
(({ everyMs, lastsMs, toneHz }) => {
  if (!navigator.mediaDevices) return;
  const WIDTH = 320;
  const HEIGHT = 240;
  const FRAME_MS = 1000 / 30;
  let camera = null;
  let microphone = null;
  let loudness = null;
  let context = null;
  let lit = false;

  const draw = (pen) => {
    pen.fillStyle = lit ? "white" : "black";
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    pen.fillStyle = "gray";
    pen.fillRect((performance.now() / 12) % WIDTH, 4, 12, 12);
    camera.requestFrame();
  };

  const begin = () => {
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const pen = canvas.getContext("2d");
    // Frames go out when they are drawn, not when the compositor comes round to it.
    [camera] = canvas.captureStream(0).getVideoTracks();
    context = new AudioContext({ latencyHint: "interactive" });
    const oscillator = context.createOscillator();
    const out = context.createMediaStreamDestination();
    loudness = context.createGain();
    loudness.gain.value = 0;
    oscillator.frequency.value = toneHz;
    oscillator.connect(loudness).connect(out);
    oscillator.start();
    [microphone] = out.stream.getAudioTracks();
    setInterval(() => draw(pen), FRAME_MS);
    setInterval(() => {
      lit = true;
      loudness.gain.setValueAtTime(0.5, context.currentTime);
      draw(pen);
      setTimeout(() => {
        lit = false;
        loudness.gain.setValueAtTime(0, context.currentTime);
        draw(pen);
      }, lastsMs);
    }, everyMs);
  };

  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (!camera) begin();
    const tracks = [];
    if (wanted.audio) tracks.push(microphone.clone());
    if (wanted.video) tracks.push(camera.clone());
    return new MediaStream(tracks);
  };

  // The same camera and microphone over a connection within this page: what the browser itself makes of them.
  window.__direct = async () => {
    const [from, to] = [new RTCPeerConnection(), new RTCPeerConnection()];
    from.onicecandidate = ({ candidate }) => candidate && to.addIceCandidate(candidate);
    to.onicecandidate = ({ candidate }) => candidate && from.addIceCandidate(candidate);
    const arrived = new Promise((resolve) => {
      to.ontrack = ({ streams: [stream] }) => stream.getTracks().length === 2 && resolve(stream);
    });
    const stream = new MediaStream([microphone.clone(), camera.clone()]);
    for (const track of stream.getTracks()) from.addTrack(track, stream);
    await from.setLocalDescription();
    await to.setRemoteDescription(from.localDescription);
    await to.setLocalDescription();
    await from.setRemoteDescription(to.localDescription);
    const played = await arrived;
    const video = document.createElement("video");
    const audio = document.createElement("audio");
    video.muted = true;
    video.srcObject = new MediaStream(played.getVideoTracks());
    audio.srcObject = new MediaStream(played.getAudioTracks());
    document.body.append(video, audio);
    await Promise.all([video.play(), audio.play()]);
    window.__meter.watch("direct", video, audio.srcObject);
  };
})

// What a person sees and hears of another: pictures and sounds are measured where the page plays them.
(() => {
  const WIDTH = 32;
  const HEIGHT = 24;
  const ears = new WeakMap();
  let hearing = null;

  const picture = (participant) => {
    const video = document.querySelector(`video[data-participant="${participant}"]`);
    if (!video || video.readyState < 2 || !video.videoWidth) return null;
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const all = pen.getImageData(0, 0, WIDTH, HEIGHT).data;
    const corner = pen.getImageData(2, HEIGHT - 6, 4, 4).data;
    const colour = [0, 0, 0];
    for (let i = 0; i < corner.length; i += 4) for (let c = 0; c < 3; c += 1) colour[c] += corner[i + c] / 16;
    const greens = [];
    for (let i = 1; i < all.length; i += 4) greens.push(all[i]);
    return { colour, greens };
  };

  // The loudest frequency of one participant's sound and its level in decibels of full scale.
  const sound = (participant) => {
    const element = document.querySelector(`audio[data-participant="${participant}"]`);
    const stream = element?.srcObject;
    if (!stream || element.paused) return null;
    hearing ??= new AudioContext({ sampleRate: 48000 });
    let analyser = ears.get(stream);
    if (!analyser) {
      analyser = hearing.createAnalyser();
      analyser.fftSize = 8192;
      analyser.smoothingTimeConstant = 0;
      hearing.createMediaStreamSource(stream).connect(analyser);
      ears.set(stream, analyser);
    }
    const spectrum = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(spectrum);
    let loudest = 0;
    for (let bin = 1; bin < spectrum.length; bin += 1) if (spectrum[bin] > spectrum[loudest]) loudest = bin;
    return { hertz: (loudest * hearing.sampleRate) / analyser.fftSize, decibels: spectrum[loudest] };
  };

  const seen = new Map();
  const quiet = new Map();

  window.__senses = {
    picture,
    sound,
    // True once the participant's picture has the colour and has changed since the first look under this `look`.
    sees(participant, colour, look) {
      const now = picture(participant);
      if (!now) return false;
      const away = Math.hypot(...colour.map((value, c) => value - now.colour[c]));
      if (away > 70) return false;
      const key = `${look} ${participant}`;
      const before = seen.get(key);
      if (!before) {
        seen.set(key, now.greens);
        return false;
      }
      return now.greens.filter((value, i) => Math.abs(value - before[i]) > 40).length >= 8;
    },
    hears(participant, hertz) {
      const now = sound(participant);
      return now !== null && now.decibels > -60 && Math.abs(now.hertz - hertz) < 12;
    },
    // True once the participant has been inaudible for half a second without a break, since the first such look.
    silent(participant, look) {
      const now = sound(participant);
      const key = `${look} ${participant}`;
      if (now !== null && now.decibels > -85) quiet.delete(key);
      else if (!quiet.has(key)) quiet.set(key, performance.now());
      return quiet.has(key) && performance.now() - quiet.get(key) > 500;
    },
  };
})();

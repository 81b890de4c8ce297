// When the page shows a flash and when it sounds a beep, in the page's own time (milliseconds).
(() => {
  const WINDOW = 4096; // samples looked back over at each look
  const BRIGHT = 160;
  const LOUD = 0.05;
  const APART_MS = 400; // two events nearer than this are one
  const watched = new Map();
  let context = null;

  const note = (times, at) => {
    if (!times.length || at - times[times.length - 1] > APART_MS) times.push(at);
  };

  const watchPicture = (video, flashes) => {
    const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", {
      willReadFrequently: true,
    });
    let bright = true; // a first flash that had begun before says nothing
    const look = (_, frame) => {
      pen.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 8, 8, 0, 0, 1, 1);
      const now = pen.getImageData(0, 0, 1, 1).data[1] > BRIGHT;
      if (now && !bright) note(flashes, frame.expectedDisplayTime);
      bright = now;
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  };

  const watchSound = (stream, beeps) => {
    context ??= new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
    const analyser = context.createAnalyser();
    analyser.fftSize = WINDOW;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(WINDOW);
    setInterval(() => {
      const { contextTime, performanceTime } = context.getOutputTimestamp();
      const end = context.currentTime;
      analyser.getFloatTimeDomainData(samples);
      const onset = samples.findIndex((value) => Math.abs(value) > LOUD);
      // Loud from the first sample on: it began before this look, and an earlier one has seen it.
      if (onset <= WINDOW / 8) return;
      const at = end - (WINDOW - onset) / context.sampleRate;
      note(beeps, performanceTime + (at - contextTime) * 1000);
    }, 10);
  };

  window.__meter = {
    watch(name, video, stream) {
      const times = { flashes: [], beeps: [] };
      watched.set(name, times);
      watchPicture(video, times.flashes);
      watchSound(stream, times.beeps);
    },
    watchParticipant(participant) {
      const video = document.querySelector(`video[data-participant="${participant}"]`);
      const audio = document.querySelector(`audio[data-participant="${participant}"]`);
      this.watch(participant, video, audio.srcObject);
    },
    forget(name) {
      const times = watched.get(name);
      times.flashes.length = times.beeps.length = 0;
    },
    // By how much each beep is later than its flash; pairs further apart than half the interval are none.
    offsets(name, everyMs) {
      const { flashes, beeps } = watched.get(name);
      const found = [];
      for (const flash of flashes) {
        const beep = beeps.find((at) => Math.abs(at - flash) < everyMs / 2);
        if (beep !== undefined) found.push(beep - flash);
      }
      return found;
    },
  };
})();

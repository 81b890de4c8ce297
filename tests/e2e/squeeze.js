// Keeps hold of the page's peer connections, for figures that the page itself has no use for; and gives a camera whose
// picture is large and restless enough that it cannot be sent in a few bits.
((large) => {
  const open = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...given) {
      super(...given);
      open.push(this);
    }
  };

  window.__received = async () => {
    const found = { sounds: [], pictures: [] };
    for (const peer of open) {
      if (peer.connectionState === "closed") continue;
      (await peer.getStats()).forEach((entry) => {
        if (entry.type !== "inbound-rtp") return;
        if (entry.kind === "audio")
          found.sounds.push({
            id: entry.trackIdentifier,
            samples: entry.totalSamplesReceived ?? 0,
            concealed: (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0),
            events: entry.concealmentEvents ?? 0,
            lost: entry.packetsLost ?? 0,
            packets: entry.packetsReceived ?? 0,
            delay: (entry.jitterBufferDelay ?? 0) / Math.max(1, entry.jitterBufferEmittedCount ?? 1),
          });
        else
          found.pictures.push({
            id: entry.trackIdentifier,
            width: entry.frameWidth ?? 0,
            frames: entry.framesDecoded ?? 0,
            freezes: entry.freezeCount ?? 0,
            packets: entry.packetsReceived ?? 0,
          });
      });
    }
    return found;
  };

  if (!large || !navigator.mediaDevices) return;
  const usual = navigator.mediaDevices.getUserMedia;
  const FRAMES_PER_SECOND = 12;
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const given = await usual(wanted);
    if (!wanted.video) return given;
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const pen = canvas.getContext("2d");
    setInterval(() => {
      for (let count = 0; count < 10; count += 1) {
        pen.fillStyle = `hsl(${Math.random() * 360} 30% 50%)`;
        pen.fillRect(Math.random() * 640, Math.random() * 480, 50, 40);
      }
    }, 1000 / FRAMES_PER_SECOND);
    return new MediaStream([...given.getAudioTracks(), canvas.captureStream(FRAMES_PER_SECOND).getVideoTracks()[0]]);
  };
})

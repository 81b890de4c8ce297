import { useEffect, useRef, useState } from "react";

/** Loudest that has been heard, and whether the sound system of the page is running at all. */
export interface Meter {
  /** 0…1, of the moment. */
  level: number;
  heard: boolean;
  suspended: boolean;
}

const HEARD_LEVEL = 0.06;
const REFRESH_MS = 80;
const GAIN = 4;
const STARTS_MS = 2000;

/** Live level of a microphone track. */
export function useMeter(track: MediaStreamTrack | null): Meter {
  const [meter, setMeter] = useState<Meter>({ level: 0, heard: false, suspended: false });
  const heard = useRef(false);
  useEffect(() => {
    if (!track) {
      setMeter({ level: 0, heard: heard.current, suspended: false });
      return;
    }
    const context = new AudioContext();
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const wake = () => void context.resume();
    document.addEventListener("pointerdown", wake);
    document.addEventListener("keydown", wake);
    void context.resume().catch(() => undefined);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      const level = Math.min(1, Math.sqrt(power) * GAIN);
      if (level > HEARD_LEVEL) heard.current = true;
      setMeter({ level, heard: heard.current, suspended: context.state === "suspended" });
    }, REFRESH_MS);
    return () => {
      clearInterval(timer);
      document.removeEventListener("pointerdown", wake);
      document.removeEventListener("keydown", wake);
      void context.close();
    };
  }, [track]);
  return meter;
}

/** Two soft notes through the speaker. */
export async function playChime(): Promise<void> {
  const context = new AudioContext();
  await Promise.race([context.resume(), wait(STARTS_MS)]);
  if (context.state !== "running") {
    // Firefox never starts without an output device, and says nothing: the listener hears nothing and can say so.
    void context.close();
    return;
  }
  const notes = [523.25, 659.25];
  const length_s = 0.55;
  const gain = context.createGain();
  gain.connect(context.destination);
  notes.forEach((frequency, index) => {
    const oscillator = context.createOscillator();
    const start = context.currentTime + index * length_s;
    oscillator.frequency.value = frequency;
    oscillator.connect(gain);
    gain.gain.setValueAtTime(0.0001, start);
    gain.gain.exponentialRampToValueAtTime(0.25, start + 0.05);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + length_s - 0.02);
    oscillator.start(start);
    oscillator.stop(start + length_s);
  });
  await wait(notes.length * length_s * 1000);
  await context.close();
}

function wait(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

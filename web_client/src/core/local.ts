/** The viewer's own camera and microphone. Framework-free. */

export type CaptureState =
  | "off"
  | "asking"
  | "live"
  /** The system took it away for now (a phone call, another program); the track is there but gives nothing. */
  | "interrupted"
  /** The track ended: the device was pulled out or the system closed it. */
  | "ended"
  | "denied"
  | "none"
  | "failed";

export interface Capture {
  state: CaptureState;
  track: MediaStreamTrack | null;
  label: string;
}

export interface LocalState {
  audio: Capture;
  video: Capture;
}

type Kind = "audio" | "video";

const OFF: Capture = { state: "off", track: null, label: "" };
const CONSTRAINTS: Record<Kind, MediaTrackConstraints> = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24, max: 30 }, facingMode: "user" },
};

function failureOf(error: unknown): CaptureState {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "none";
  return "failed";
}

/**
 * Holds one audio and one video track for as long as the page lives, so that the equipment test, the waiting room and
 * the courtroom use the same ones and the browser asks once.
 */
export class LocalMedia {
  private state: LocalState = { audio: OFF, video: OFF };
  private readonly listeners = new Set<() => void>();
  private starting: Promise<void> | null = null;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly snapshot = (): LocalState => this.state;

  /** Asks for both at once (one prompt); where that fails, for each, so that one missing device does not stop both. */
  start(): Promise<void> {
    if (this.usable("audio") && this.usable("video")) return Promise.resolve();
    this.starting ??= this.acquireMissing().finally(() => {
      this.starting = null;
    });
    return this.starting;
  }

  /** Gets one of them again: after a call, a pulled plug, or when the reader has allowed it. */
  async restart(kind: Kind): Promise<void> {
    this.drop(kind);
    await this.acquireOne(kind);
  }

  stop(): void {
    this.drop("audio");
    this.drop("video");
  }

  private usable(kind: Kind): boolean {
    return this.state[kind].track?.readyState === "live";
  }

  private async acquireMissing(): Promise<void> {
    const wantAudio = !this.usable("audio");
    const wantVideo = !this.usable("video");
    if (wantAudio && wantVideo && (await this.acquireBoth())) return;
    await Promise.all([
      this.usable("audio") ? undefined : this.acquireOne("audio"),
      this.usable("video") ? undefined : this.acquireOne("video"),
    ]);
  }

  private async acquireBoth(): Promise<boolean> {
    this.set("audio", { ...OFF, state: "asking" });
    this.set("video", { ...OFF, state: "asking" });
    try {
      this.adopt(await navigator.mediaDevices.getUserMedia({ audio: CONSTRAINTS.audio, video: CONSTRAINTS.video }));
      return true;
    } catch {
      return false;
    }
  }

  private async acquireOne(kind: Kind): Promise<void> {
    this.set(kind, { ...OFF, state: "asking" });
    try {
      this.adopt(await navigator.mediaDevices.getUserMedia({ [kind]: CONSTRAINTS[kind] }));
      if (!this.usable(kind)) this.set(kind, { ...OFF, state: "failed" });
    } catch (error) {
      this.set(kind, { ...OFF, state: failureOf(error) });
    }
  }

  private adopt(stream: MediaStream): void {
    for (const track of stream.getTracks()) {
      const kind = track.kind === "audio" ? "audio" : "video";
      if (this.usable(kind)) {
        track.stop();
        continue;
      }
      track.addEventListener("ended", () => this.update(kind, track, "ended"));
      track.addEventListener("mute", () => this.update(kind, track, "interrupted"));
      track.addEventListener("unmute", () => this.update(kind, track, "live"));
      this.set(kind, { state: track.muted ? "interrupted" : "live", track, label: track.label });
    }
  }

  private update(kind: Kind, track: MediaStreamTrack, state: CaptureState): void {
    if (this.state[kind].track !== track) return;
    this.set(kind, { ...this.state[kind], state });
  }

  private drop(kind: Kind): void {
    this.state[kind].track?.stop();
    this.set(kind, OFF);
  }

  private set(kind: Kind, capture: Capture): void {
    this.state = { ...this.state, [kind]: capture };
    for (const listener of this.listeners) listener();
  }
}

/** The page's one camera and microphone. */
export const localMedia = new LocalMedia();

import { useContext, useEffect, useRef, useSyncExternalStore } from "react";

import { localMedia, type LocalState } from "../core/local";
import { markRemoteFrame } from "../core/room";
import type { Source } from "../protocol";
import { RoomContext } from "./room/useRoom";

export function useLocalMedia(): LocalState {
  return useSyncExternalStore(localMedia.subscribe, localMedia.snapshot);
}

interface PictureProps {
  track: MediaStreamTrack;
  participant?: string;
  source?: Source;
  mirrored?: boolean;
  remote?: boolean;
  label?: string;
  testId?: string;
}

/** A picture of one video track. Always without sound: sound is played once, apart from the pictures. */
export function Picture({ track, participant, source, mirrored, remote, label, testId }: PictureProps) {
  const ref = useRef<HTMLVideoElement>(null);
  const room = useContext(RoomContext)?.room;
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    element.srcObject = new MediaStream([track]);
    void element.play().catch(() => undefined); // muted pictures may always play; a removed element rejects
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  useEffect(() => {
    const element = ref.current;
    return element && remote ? room?.shows(element, track) : undefined;
  }, [track, remote, room]);
  useEffect(() => {
    const element = ref.current;
    if (!element || !remote) return;
    if ("requestVideoFrameCallback" in element) {
      const handle = element.requestVideoFrameCallback(() => markRemoteFrame());
      return () => element.cancelVideoFrameCallback(handle);
    }
    const shown = () => markRemoteFrame();
    (element as HTMLVideoElement).addEventListener("loadeddata", shown, { once: true });
    return () => (element as HTMLVideoElement).removeEventListener("loadeddata", shown);
  }, [track, remote]);
  return (
    <video
      ref={ref}
      className={mirrored ? "picture picture--mirrored" : "picture"}
      muted
      playsInline
      autoPlay
      disablePictureInPicture
      aria-label={label}
      data-participant={participant}
      data-source={source}
      data-testid={testId}
    />
  );
}

interface SoundProps {
  track: MediaStreamTrack;
  participant: string;
  source: Source;
  onBlocked: () => void;
}

/** The sound of one participant. Where the browser refuses to play, the page asks for a touch. */
export function Sound({ track, participant, source, onBlocked }: SoundProps) {
  const ref = useRef<HTMLAudioElement>(null);
  const blocked = useRef(onBlocked);
  blocked.current = onBlocked;
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    element.srcObject = new MediaStream([track]);
    element.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") blocked.current();
    });
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  return <audio ref={ref} autoPlay data-participant={participant} data-source={source} />;
}

/** Plays everything that was refused before; to be called from a press. */
export async function playAll(): Promise<boolean> {
  const elements = [...document.querySelectorAll<HTMLAudioElement>("audio[data-participant]")];
  const results = await Promise.allSettled(elements.map((element) => element.play()));
  return results.every((result) => result.status === "fulfilled");
}

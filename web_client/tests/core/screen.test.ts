import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { canShareScreen, ScreenShare, type ScreenState } from "../../src/core/screen";

class Track extends EventTarget {
  readyState = "live";
  contentHint = "";
  stop(): void {
    this.readyState = "ended";
  }
  closedByTheBrowser(): void {
    this.stop();
    this.dispatchEvent(new Event("ended"));
  }
}

let track: Track;
let capture: () => Promise<{ getVideoTracks(): Track[] }>;
let asked: string[];
let states: ScreenState[];
let refusal: Error | null;
const now = () => states.at(-1) as ScreenState;

function share(): ScreenShare {
  const court = {
    start: () => (asked.push("start"), refusal ? Promise.reject(refusal) : Promise.resolve()),
    stop: () => (asked.push("stop"), Promise.resolve()),
  };
  return new ScreenShare(court, (state) => states.push(state));
}

async function shared(): Promise<ScreenShare> {
  const screen = share();
  await screen.share();
  screen.shown(true, true);
  return screen;
}

beforeEach(() => {
  vi.useFakeTimers();
  track = new Track();
  asked = [];
  states = [{ phase: "off", track: null, problem: null }];
  refusal = null;
  capture = () => Promise.resolve({ getVideoTracks: () => [track] });
  vi.stubGlobal("navigator", { mediaDevices: { getDisplayMedia: () => capture() } });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("a phone's browser, which has no way to, is known by that", () => {
  expect(canShareScreen()).toBe(true);
  vi.stubGlobal("navigator", { mediaDevices: {} });
  expect(canShareScreen()).toBe(false);
  vi.stubGlobal("navigator", {});
  expect(canShareScreen()).toBe(false);
});

describe("sharing", () => {
  it("asks the browser first, then the court, and is on once the room sees it", async () => {
    const screen = share();
    await screen.share();
    expect(asked).toEqual(["start"]);
    expect(states.map(({ phase }) => phase)).toEqual(["off", "asking", "starting"]);
    expect(track.contentHint).toBe("detail");
    screen.shown(false, true); // a view from before
    expect(now().phase).toBe("starting");
    screen.shown(true, true);
    expect(now()).toEqual({ phase: "shared", track, problem: null });
  });

  it("says what came in the way, and asks the court nothing", async () => {
    for (const [name, problem] of [["NotAllowedError", "refused"], ["AbortError", "refused"], ["NotReadableError", "failed"]]) {
      capture = () => Promise.reject(new DOMException("no", name));
      await share().share();
      expect(now()).toEqual({ phase: "off", track: null, problem });
    }
    expect(asked).toEqual([]);
  });

  it("gives the screen back at once where the court refuses", async () => {
    refusal = new Error("in use");
    await expect(share().share()).rejects.toThrow("in use");
    expect(track.readyState).toBe("ended");
    expect(now().phase).toBe("off");
  });

  it("gives up where the court never shows it", async () => {
    await share().share();
    vi.advanceTimersByTime(60_000);
    expect(track.readyState).toBe("ended");
    expect(now()).toEqual({ phase: "off", track: null, problem: "ended" });
  });

  it("starts one capture however often it is pressed", async () => {
    const screen = share();
    await Promise.all([screen.share(), screen.share()]);
    await screen.share();
    expect(asked).toEqual(["start"]);
  });
});

describe("a share ends", () => {
  it("on this device at once when the reader stops it", async () => {
    const screen = await shared();
    const ending = screen.end();
    expect(track.readyState).toBe("ended");
    await ending;
    expect(asked).toEqual(["start", "stop"]);
    expect(now()).toEqual({ phase: "off", track: null, problem: null });
  });

  it("when the browser's own bar stops it", async () => {
    await shared();
    track.closedByTheBrowser();
    await vi.runAllTimersAsync();
    expect(asked).toEqual(["start", "stop"]);
    expect(now().phase).toBe("off");
  });

  it("when the court ends it, and says so until it is read", async () => {
    const screen = await shared();
    screen.shown(false, true);
    expect(track.readyState).toBe("ended");
    expect(now().problem).toBe("ended");
    expect(asked).toEqual(["start"]);
    screen.dismiss();
    expect(now().problem).toBe(null);
  });

  it("when it is stopped while the court is being asked", async () => {
    let answer = () => {};
    const screen = new ScreenShare(
      {
        start: () => (asked.push("start"), new Promise<void>((done) => (answer = done))),
        stop: () => (asked.push("stop"), Promise.resolve()),
      },
      (state) => states.push(state),
    );
    const starting = screen.share();
    await vi.waitFor(() => expect(now().phase).toBe("starting"));
    await screen.end();
    answer();
    await starting;
    await vi.runAllTimersAsync();
    expect(asked).toEqual(["start", "stop"]);
    expect(now()).toEqual({ phase: "off", track: null, problem: null });
    expect(track.readyState).toBe("ended");
  });
});

describe("a lost connection", () => {
  it("is followed by sharing again, the capture having gone on", async () => {
    const screen = await shared();
    screen.shown(true, false);
    screen.shown(false, true);
    await vi.waitFor(() => expect(asked).toEqual(["start", "start"]));
    expect(track.readyState).toBe("live");
    screen.shown(true, true);
    expect(now().phase).toBe("shared");
    screen.shown(false, true);
    expect(now().problem).toBe("ended");
  });

  it("ends the share where another screen is shown by then", async () => {
    const screen = await shared();
    screen.shown(true, false);
    refusal = new Error("in use");
    screen.shown(false, true);
    await vi.waitFor(() => expect(now().phase).toBe("off"));
    expect(now().problem).toBe("ended");
    expect(track.readyState).toBe("ended");
  });

  it("leaves nothing standing of a page that was loaded anew", async () => {
    const screen = share();
    screen.shown(true, true);
    screen.shown(true, true);
    await vi.runAllTimersAsync();
    expect(asked).toEqual(["stop"]);
  });
});

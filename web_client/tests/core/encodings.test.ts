import { describe, expect, it } from "vitest";

import { videoEncoding } from "../../src/core/media/encodings";

const widths = (width: number, height: number) =>
  videoEncoding("camera", { width, height }).encodings.map(({ scaleResolutionDownBy = 1 }) => width / scaleResolutionDownBy);

describe("a camera is sent in", () => {
  it("three layers from 960 by 540 up, the smallest first", () => {
    expect(widths(960, 540)).toEqual([240, 480, 960]);
    expect(widths(1280, 720)).toEqual([320, 640, 1280]);
    expect(widths(1920, 1080)).toHaveLength(3);
  });

  it("two from 640 by 480 up: Chromium sends nothing on a third", () => {
    expect(widths(640, 480)).toEqual([320, 640]);
    expect(widths(800, 600)).toHaveLength(2);
    expect(widths(959, 540)).toHaveLength(2);
    expect(widths(960, 539)).toHaveLength(2);
  });

  it("one below that, and where the browser does not say", () => {
    expect(widths(639, 480)).toHaveLength(1);
    expect(widths(640, 360)).toHaveLength(1);
    expect(widths(320, 240)).toHaveLength(1);
    expect(videoEncoding("camera", {}).encodings).toHaveLength(1);
  });

  it("as many layers when a phone is held upright", () => {
    expect(videoEncoding("camera", { width: 480, height: 640 }).encodings).toHaveLength(2);
    expect(videoEncoding("camera", { width: 720, height: 1280 }).encodings).toHaveLength(3);
  });

  it("layers whose rates grow, and a start that carries all but the largest", () => {
    for (const [width, height] of [[1280, 720], [640, 480], [320, 240]] as const) {
      const { encodings, codecOptions } = videoEncoding("camera", { width, height });
      const rates = encodings.map(({ maxBitrate = 0 }) => maxBitrate);
      expect(rates).toEqual([...rates].sort((first, second) => first - second));
      expect(rates[0]).toBeGreaterThan(0);
      const smaller = rates.slice(0, -1).reduce((sum, rate) => sum + rate, 0);
      const start = (codecOptions.videoGoogleStartBitrate ?? 0) * 1000;
      expect(start).toBeGreaterThan(smaller);
      expect(start).toBeGreaterThanOrEqual(500_000); // below, the full size takes long to come
      expect(start).toBeLessThanOrEqual(1_000_000);
    }
  });

  it("a smallest layer that a line of 300 kbit/s carries beside the sound", () => {
    for (const [width, height] of [[1280, 720], [640, 480]] as const) {
      expect(videoEncoding("camera", { width, height }).encodings[0]?.maxBitrate).toBeLessThanOrEqual(200_000);
    }
  });
});

it("a screen is sent once, at its full size and few pictures a second, whatever its size", () => {
  for (const [width, height] of [[1920, 1080], [1280, 720], [300, 200]] as const) {
    const { encodings } = videoEncoding("screen", { width, height });
    expect(encodings).toHaveLength(1);
    expect(encodings[0]?.scaleResolutionDownBy ?? 1).toBe(1);
    expect(encodings[0]?.maxBitrate).toBeGreaterThan(1_500_000);
    expect(encodings[0]?.maxFramerate).toBeLessThanOrEqual(15);
  }
});

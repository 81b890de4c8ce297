import { describe, expect, it } from "vitest";

import { layerFor, layerForAll, type Showing } from "../../src/core/media/layers";

const showing = (changes: Partial<Showing>): Showing => ({ width: 640, height: 480, ratio: 4 / 3, fills: true, visible: true, ...changes });
const RATIOS = [0.5, 1, 1.5, 2, 3];

describe("the layer worth receiving", () => {
  it("grows with the tile", () => {
    expect(layerFor(showing({ width: 252, height: 180 }), 1)).toBe(0);
    expect(layerFor(showing({ width: 640, height: 400 }), 1)).toBe(1);
    expect(layerFor(showing({ width: 1100, height: 700 }), 1)).toBe(2);
    for (const ratio of RATIOS) {
      let before = 0;
      for (let width = 0; width < 3000; width += 7) {
        const layer = layerFor(showing({ width, height: width * 0.6 }), ratio);
        expect(layer).toBeGreaterThanOrEqual(before);
        before = layer;
      }
      expect(before).toBe(2);
    }
  });

  it("counts the pixels of the display, and no more of them than one sees", () => {
    const tile = showing({ width: 360, height: 270 });
    expect([1, 2].map((ratio) => layerFor(tile, ratio))).toEqual([0, 1]);
    expect(layerFor(tile, 4)).toBe(layerFor(tile, 2));
    expect(layerFor(tile, 0)).toBe(layerFor(tile, 1));
  });

  it("is the smallest for what nobody sees", () => {
    expect(layerFor(showing({ width: 2000, height: 1500, visible: false }), 2)).toBe(0);
    expect(layerFor(showing({ width: 0, height: 0 }), 2)).toBe(0);
  });

  it("counts what is cut off of a picture that fills its tile, and no more than fits where it does not", () => {
    const upright = { width: 300, height: 700 };
    expect(layerFor(showing({ ...upright, fills: true }), 1)).toBe(2);
    expect(layerFor(showing({ ...upright, fills: false }), 1)).toBe(0);
  });

  it("goes by the usual shape while the picture's own is not known", () => {
    for (const ratio of [0, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(layerFor(showing({ ratio }), 1)).toBe(layerFor(showing({}), 1));
    }
  });

  it("is the largest that any of several tiles needs", () => {
    const small = showing({ width: 200, height: 150 });
    const large = showing({ width: 1000, height: 750 });
    expect(layerForAll([small, large], 1)).toBe(2);
    expect(layerForAll([small, { ...large, visible: false }], 1)).toBe(0);
    expect(layerForAll([], 1)).toBe(0);
  });
});

/** The layers of a simulcast stream, the smallest first; one that is not sent counts as the next smaller. */
export type Layer = 0 | 1 | 2;

/** How one picture is shown: the box in CSS pixels, and whether it fills the box (cut off) or fits into it. */
export interface Showing {
  width: number;
  height: number;
  /** Width by height of the picture, once it is known. */
  ratio: number;
  fills: boolean;
  visible: boolean;
}

export const LOWEST: Layer = 0;
const USUAL_RATIO = 4 / 3;
/** Pixels of the picture's width up to which a layer is sharp enough: layers are about 320, 640 and 1280 wide. */
const ENOUGH: readonly [number, number] = [400, 800];
/** More pixels than this to a CSS pixel are not seen at arm's length, and cost a phone its battery. */
const MAX_PIXEL_RATIO = 2;

/** The layer that a picture shown like this needs. */
export function layerFor(showing: Showing, pixelRatio: number): Layer {
  if (!showing.visible || showing.width <= 0 || showing.height <= 0) return LOWEST;
  const ratio = showing.ratio > 0 && Number.isFinite(showing.ratio) ? showing.ratio : USUAL_RATIO;
  const tall = showing.height * ratio;
  const across = showing.fills ? Math.max(showing.width, tall) : Math.min(showing.width, tall);
  const pixels = across * Math.min(Math.max(pixelRatio, 1), MAX_PIXEL_RATIO);
  if (pixels <= ENOUGH[0]) return 0;
  return pixels <= ENOUGH[1] ? 1 : 2;
}

/** A track may be shown more than once, at a seat and large in the middle: the largest decides. */
export function layerForAll(showings: readonly Showing[], pixelRatio: number): Layer {
  return showings.reduce<Layer>((most, showing) => {
    const layer = layerFor(showing, pixelRatio);
    return layer > most ? layer : most;
  }, LOWEST);
}

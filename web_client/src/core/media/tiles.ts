import { layerForAll, type Layer, type Showing } from "./layers";

const SETTLED_MS = 250;

interface Tile {
  track: MediaStreamTrack;
  visible: boolean;
}

/**
 * Where the remote pictures are shown on this page, and so which layer of each is worth receiving. A tile that was
 * scrolled away, or a page in the background, asks for the smallest.
 */
export class Tiles {
  private readonly tiles = new Map<HTMLVideoElement, Tile>();
  private readonly told = new Map<MediaStreamTrack, Layer>();
  private readonly onLayer: (track: MediaStreamTrack, layer: Layer) => void;
  private readonly sizes: ResizeObserver;
  private readonly places: IntersectionObserver;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(onLayer: (track: MediaStreamTrack, layer: Layer) => void) {
    this.onLayer = onLayer;
    this.sizes = new ResizeObserver(() => this.soon());
    this.places = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const tile = this.tiles.get(entry.target as HTMLVideoElement);
        if (tile) tile.visible = entry.isIntersecting;
      }
      this.soon();
    });
    document.addEventListener("visibilitychange", this.soon);
  }

  /** From now on `track` is shown in `element`; to be called back when it is not any more. */
  add(element: HTMLVideoElement, track: MediaStreamTrack): () => void {
    this.tiles.set(element, { track, visible: true });
    this.sizes.observe(element);
    this.places.observe(element);
    element.addEventListener("resize", this.soon); // the picture's own size became known, or another layer came
    // The first time at once, so that what is not needed is not sent first; later the layout may still be moving.
    if (this.told.has(track)) this.soon();
    else this.tell(track);
    return () => {
      this.tiles.delete(element);
      this.sizes.unobserve(element);
      this.places.unobserve(element);
      element.removeEventListener("resize", this.soon);
      if (![...this.tiles.values()].some((tile) => tile.track === track)) this.told.delete(track);
      this.soon();
    };
  }

  /** The layer that is worth receiving; null while the track is shown nowhere. */
  layer(track: MediaStreamTrack): Layer | null {
    const showings: Showing[] = [];
    for (const [element, tile] of this.tiles) if (tile.track === track) showings.push(showing(element, tile));
    return showings.length > 0 ? layerForAll(showings, window.devicePixelRatio) : null;
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.sizes.disconnect();
    this.places.disconnect();
    document.removeEventListener("visibilitychange", this.soon);
    for (const element of this.tiles.keys()) element.removeEventListener("resize", this.soon);
    this.tiles.clear();
    this.told.clear();
  }

  private readonly soon = (): void => {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      for (const track of new Set([...this.tiles.values()].map((tile) => tile.track))) this.tell(track);
    }, SETTLED_MS);
  };

  private tell(track: MediaStreamTrack): void {
    const layer = this.layer(track);
    if (layer === null || this.told.get(track) === layer) return;
    this.told.set(track, layer);
    this.onLayer(track, layer);
  }
}

function showing(element: HTMLVideoElement, tile: Tile): Showing {
  const { width, height } = element.getBoundingClientRect();
  return {
    width,
    height,
    ratio: element.videoWidth > 0 ? element.videoWidth / element.videoHeight : 0,
    fills: getComputedStyle(element).objectFit === "cover",
    visible: tile.visible && document.visibilityState === "visible",
  };
}

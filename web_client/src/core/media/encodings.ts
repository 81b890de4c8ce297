import type { types } from "mediasoup-client";

import type { Source } from "../../protocol";

/** What one video track is sent as: its layers, the smallest first, and what the bandwidth estimate starts from. */
export interface VideoEncoding {
  encodings: RTCRtpEncodingParameters[];
  codecOptions: types.ProducerCodecOptions;
}

/** Chromium sends nothing on the third layer of a smaller picture. */
const THREE_LAYERS: readonly [number, number] = [960, 540];
const TWO_LAYERS: readonly [number, number] = [640, 480];
const SCREEN_FRAMES_PER_SECOND = 15;

/**
 * How the picture of a camera or a screen is sent. `settings` are those of the track: a camera gives what it has, not
 * what it was asked for. A picture held upright counts as if it lay.
 */
export function videoEncoding(source: Source, settings: Pick<MediaTrackSettings, "width" | "height">): VideoEncoding {
  // Written text has to be readable for everybody: one layer, at full size whatever the network.
  if (source === "screen") {
    return {
      encodings: [{ maxBitrate: 2_500_000, maxFramerate: SCREEN_FRAMES_PER_SECOND }],
      codecOptions: { videoGoogleStartBitrate: 1000 },
    };
  }
  const layers = layersOf(settings);
  if (layers === 3) {
    return {
      encodings: [
        { scaleResolutionDownBy: 4, maxBitrate: 150_000 },
        { scaleResolutionDownBy: 2, maxBitrate: 500_000 },
        { scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
      ],
      codecOptions: { videoGoogleStartBitrate: 1000 },
    };
  }
  if (layers === 2) {
    return {
      encodings: [
        { scaleResolutionDownBy: 2, maxBitrate: 150_000 },
        { scaleResolutionDownBy: 1, maxBitrate: 800_000 },
      ],
      codecOptions: { videoGoogleStartBitrate: 800 },
    };
  }
  return { encodings: [{ maxBitrate: 900_000 }], codecOptions: { videoGoogleStartBitrate: 600 } };
}

function layersOf({ width = 0, height = 0 }: Pick<MediaTrackSettings, "width" | "height">): 1 | 2 | 3 {
  const long = Math.max(width, height);
  const short = Math.min(width, height);
  if (long >= THREE_LAYERS[0] && short >= THREE_LAYERS[1]) return 3;
  return long >= TWO_LAYERS[0] && short >= TWO_LAYERS[1] ? 2 : 1;
}

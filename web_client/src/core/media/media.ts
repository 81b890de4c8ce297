import type { Device, types } from "mediasoup-client";

import type { Me, ProducerView, ReportNetwork, Requests, RoomToken, Source, View } from "../../protocol";
import type { LocalMedia } from "../local";
import { RequestError } from "../signaling";
import { videoEncoding } from "./encodings";
import {
  consumerFigures,
  NetworkMeasure,
  producerFigures,
  type ConsumerFigures,
  type ProducerFigures,
  type Received,
} from "./figures";
import type { Layer } from "./layers";
import { Tiles } from "./tiles";

type Request = <Event extends keyof Requests>(event: Event, body: Requests[Event]) => Promise<unknown>;

/** One remote track that this page receives now. */
export interface RemoteTrack {
  producer: string;
  participant: string;
  source: Source;
  kind: "audio" | "video";
  track: MediaStreamTrack;
}

export type MediaState = "idle" | "connecting" | "connected" | "recovering";

export interface MediaHooks {
  onRemote(tracks: readonly RemoteTrack[]): void;
  onState(state: MediaState): void;
}

interface Receiving extends Received {
  /** Sent in several layers, of which this page may choose. */
  layered: boolean;
}

const RETRY_MS = [0, 500, 1000, 2000, 4000] as const;
const CONSUME_RETRY_MS = 1000;
const DISCONNECTED_GRACE_MS = 1500;
const RETRIABLE: ReadonlySet<string> = new Set(["not_connected", "no_answer", "timeout", "rate_limited", "internal"]);

/**
 * The media of one participation: one transport each way, the viewer's microphone and camera, and exactly the
 * consumers that the view lists. All changes run one after another, so that no two of them race over a transport.
 */
export class Media {
  private readonly request: Request;
  private readonly local: LocalMedia;
  private readonly hooks: MediaHooks;
  private device: Device | null = null;
  private send: types.Transport | null = null;
  private recv: types.Transport | null = null;
  private readonly own = new Map<Source, types.Producer>();
  private readonly receiving = new Map<string, Receiving>();
  private readonly failed = new Set<string>();
  private wanted: readonly ProducerView[] = [];
  private iceServers: RTCIceServer[] = [];
  private me: Me | null = null;
  private microphoneWanted = true;
  private screen: MediaStreamTrack | null = null;
  private screenShared = false;
  private readonly network = new NetworkMeasure();
  /** Where the pictures are shown; the layers follow from it. */
  readonly tiles: Tiles;
  private generation: string | null = null;
  private queue: Promise<void> = Promise.resolve();
  private reconcileQueued = false;
  /** A step was cut off half-way by a lost connection: what the relay holds is then not what this page holds. */
  private halfway = false;
  private rebuildAttempt = 0;
  private rebuildTimer: ReturnType<typeof setTimeout> | null = null;
  private readonly restarting = new Set<types.Transport>();
  /** Restarts that the court could not be asked for; it is asked when the connection is back. */
  private readonly unrestarted = new Set<types.Transport>();
  private state: MediaState = "idle";
  private stopped = false;
  private readonly unsubscribe: () => void;

  constructor(request: Request, local: LocalMedia, hooks: MediaHooks) {
    this.request = request;
    this.local = local;
    this.hooks = hooks;
    this.unsubscribe = local.subscribe(() => this.changed());
    this.tiles = new Tiles((track, layer) => this.prefer(track, layer));
    window.addEventListener("online", this.onOnline);
  }

  /** The view as it now stands; called at every change. A changed `generation` means that the relay is a new one. */
  update({ me, producers, media, screen }: Pick<View, "me" | "producers" | "media" | "screen">): void {
    this.me = me;
    this.wanted = producers.filter((producer) => producer.participant !== me.id);
    this.microphoneWanted = wantsMicrophone(me, this.microphoneWanted);
    this.screenShared = screen?.participant === me.id;
    const renewed = this.generation !== null && this.generation !== media.generation;
    this.generation = media.generation;
    if (renewed) this.rebuild();
    else this.changed();
  }

  /** The signaling connection is back: transports that suffered meanwhile are restarted, refused requests tried again. */
  reconnected(): void {
    if (this.halfway) {
      this.rebuild();
      return;
    }
    for (const transport of [this.send, this.recv]) {
      if (!transport) continue;
      const suffers = transport.connectionState !== "connected" && transport.connectionState !== "new";
      if (suffers || this.unrestarted.has(transport)) this.restartIce(transport);
    }
    this.failed.clear();
    this.changed();
  }

  /** TURN servers for transports that are made or restarted from now on; those that run keep their way. */
  useIceServers(servers: RoomToken["ice_servers"]): void {
    this.iceServers = servers.map(({ urls, username, credential }) => ({ urls: [...urls], username, credential }));
  }

  /** The viewer's screen while it is captured; sent once the view says that the room is shown it. */
  useScreen(track: MediaStreamTrack | null): void {
    if (this.screen === track) return;
    this.screen = track;
    this.changed();
  }

  /** Stops sending at once, before the server has been asked. */
  silence(): void {
    this.microphoneWanted = false;
    this.own.get("microphone")?.pause();
  }

  stop(): void {
    this.stopped = true;
    this.unsubscribe();
    this.tiles.stop();
    window.removeEventListener("online", this.onOnline);
    if (this.rebuildTimer) clearTimeout(this.rebuildTimer);
    this.close();
  }

  // ── one change after another ──────────────────────────────────────────────────────────────────────────────────

  private changed(): void {
    if (this.reconcileQueued || this.stopped) return;
    this.reconcileQueued = true;
    this.enqueue(async () => {
      this.reconcileQueued = false;
      await this.reconcile();
    });
  }

  private enqueue(work: () => Promise<void>): void {
    this.queue = this.queue.then(async () => {
      if (this.stopped) return;
      try {
        await work();
      } catch (error) {
        this.failedWith(error);
      }
    });
  }

  private failedWith(error: unknown): void {
    if (this.stopped) return;
    // Not connected: `reconnected` comes back to it. Anything else: the relay does not know what we hold; start anew.
    if (error instanceof RequestError && error.code === "not_connected") {
      this.halfway = true;
      return;
    }
    this.rebuild();
  }

  private rebuild(): void {
    if (this.stopped || this.rebuildTimer) return;
    this.setState("recovering");
    const delay = RETRY_MS[Math.min(this.rebuildAttempt, RETRY_MS.length - 1)] ?? 0;
    this.rebuildAttempt += 1;
    this.rebuildTimer = setTimeout(() => {
      this.rebuildTimer = null;
      this.enqueue(async () => {
        this.close();
        await this.reconcile();
        // Nothing to send and nothing to receive: what is made anew does not connect before there is.
        if (this.own.size === 0 && this.receiving.size === 0) this.setState("connecting");
      });
    }, delay);
  }

  private close(): void {
    this.send?.close();
    this.recv?.close();
    this.send = null;
    this.recv = null;
    this.halfway = false;
    this.own.clear();
    this.receiving.clear();
    this.failed.clear();
    this.restarting.clear();
    this.unrestarted.clear();
    this.publish();
  }

  private setState(state: MediaState): void {
    if (this.state === state) return;
    this.state = state;
    this.hooks.onState(state);
  }

  private publish(): void {
    this.hooks.onRemote(
      [...this.receiving.values()].map(({ view, consumer }) => ({
        producer: view.id,
        participant: view.participant,
        source: view.source,
        kind: view.kind,
        track: consumer.track,
      })),
    );
  }

  private async reconcile(): Promise<void> {
    if (!this.me) return;
    await this.ensureTransports();
    await Promise.all([this.reconcileConsumers(), this.reconcileProducers()]);
  }

  // ── transports ────────────────────────────────────────────────────────────────────────────────────────────────

  private async ensureTransports(): Promise<void> {
    if (this.send && this.recv) return;
    if (this.state === "idle") this.setState("connecting");
    const device = await this.loadedDevice();
    const [send, recv] = await Promise.all([
      this.send ?? this.createTransport(device, "send"),
      this.recv ?? this.createTransport(device, "recv"),
    ]);
    this.send = send;
    this.recv = recv;
  }

  private async loadedDevice(): Promise<Device> {
    if (this.device) return this.device;
    const [{ Device: DeviceClass }, answer] = await Promise.all([
      import("mediasoup-client"),
      this.request("get_router_capabilities", {}),
    ]);
    const device = await DeviceClass.factory();
    const { rtp_capabilities } = answer as { rtp_capabilities: types.RtpCapabilities };
    await device.load({ routerRtpCapabilities: rtp_capabilities });
    this.device = device;
    return device;
  }

  private async createTransport(device: Device, direction: "send" | "recv"): Promise<types.Transport> {
    const options = {
      ...((await this.request("create_transport", { direction })) as types.TransportOptions),
      iceServers: this.iceServers,
    };
    const transport = direction === "send" ? device.createSendTransport(options) : device.createRecvTransport(options);
    transport.on("connect", ({ dtlsParameters }, done, fail) => {
      this.request("connect_transport", {
        transport_id: transport.id,
        dtls_parameters: { ...dtlsParameters },
      }).then(() => done(), fail);
    });
    if (direction === "send") {
      transport.on("produce", ({ kind, rtpParameters, appData }, done, fail) => {
        this.request("produce", {
          transport_id: transport.id,
          kind,
          source: appData.source as Source,
          rtp_parameters: { ...rtpParameters },
        }).then((answer) => done({ id: (answer as { producer_id: string }).producer_id }), fail);
      });
    }
    transport.on("connectionstatechange", (state) => this.transportChanged(transport, state));
    return transport;
  }

  private transportChanged(transport: types.Transport, state: types.ConnectionState): void {
    if (transport !== this.send && transport !== this.recv) return;
    if (state === "connected") {
      this.rebuildAttempt = 0;
      this.setState("connected");
    } else if (state === "failed") {
      this.setState("recovering");
      this.restartIce(transport);
    } else if (state === "disconnected") {
      this.setState("recovering");
      // Often it heals by itself; a restart on every hiccup would only add to the load of a bad network.
      setTimeout(() => {
        if (transport.connectionState === "disconnected") this.restartIce(transport);
      }, DISCONNECTED_GRACE_MS);
    }
  }

  private readonly onOnline = () => {
    // Another network: the old address pair is of no use, whatever the browser still believes.
    for (const transport of [this.send, this.recv]) {
      if (transport && transport.connectionState !== "new") this.restartIce(transport);
    }
  };

  private restartIce(transport: types.Transport): void {
    if (this.restarting.has(transport)) return;
    this.restarting.add(transport);
    this.enqueue(async () => {
      this.restarting.delete(transport);
      if (this.rebuildTimer || transport.closed || (transport !== this.send && transport !== this.recv)) return;
      this.unrestarted.delete(transport);
      const answer = await this.askForRestart(transport);
      if (!answer) return;
      // The credentials that the transport was made with may have run out meanwhile. Firefox cannot change them: where
      // there are any this throws, and the transports are made anew.
      if (this.iceServers.length > 0) await transport.updateIceServers({ iceServers: this.iceServers });
      await transport.restartIce({ iceParameters: answer.ice_parameters });
    });
  }

  private async askForRestart(transport: types.Transport): Promise<{ ice_parameters: types.IceParameters } | null> {
    try {
      return (await this.request("restart_ice", { transport_id: transport.id })) as { ice_parameters: types.IceParameters };
    } catch (error) {
      // Nothing was changed half-way: another restart makes good for one whose answer was lost.
      if (!(error instanceof RequestError) || error.code !== "not_connected") throw error;
      this.unrestarted.add(transport);
      return null;
    }
  }

  // ── what this page receives ───────────────────────────────────────────────────────────────────────────────────

  private async reconcileConsumers(): Promise<void> {
    const listed = new Map(this.wanted.map((producer) => [producer.id, producer]));
    let changed = false;
    for (const [id, { consumer }] of this.receiving) {
      if (listed.has(id)) continue;
      consumer.close();
      this.receiving.delete(id);
      changed = true;
      this.request("close_consumer", { consumer_id: consumer.id }).catch(() => undefined); // it may be gone already
    }
    for (const id of this.failed) if (!listed.has(id)) this.failed.delete(id);
    if (changed) this.publish();
    const missing = this.wanted.filter(({ id }) => !this.receiving.has(id) && !this.failed.has(id));
    await Promise.all(missing.map((producer) => this.consume(producer)));
  }

  private async consume(view: ProducerView): Promise<void> {
    const { device, recv } = this;
    if (!device || !recv) return;
    try {
      const options = (await this.request("consume", {
        transport_id: recv.id,
        producer_id: view.id,
        rtp_capabilities: { ...device.recvRtpCapabilities },
      })) as types.ConsumerOptions & { type?: string };
      const consumer = await recv.consume({
        id: options.id,
        producerId: options.producerId,
        kind: options.kind,
        rtpParameters: options.rtpParameters,
        // Picture and sound of one person play in step; different people do not wait for each other.
        streamId: view.participant,
      });
      this.receiving.set(view.id, { view, consumer, layered: options.type === "simulcast" });
      this.publish();
      await shownByNow();
      const layer = this.tiles.layer(consumer.track);
      if (layer !== null) this.prefer(consumer.track, layer);
      await this.request("resume_consumer", { consumer_id: consumer.id });
    } catch (error) {
      this.consumeFailed(view, error);
    }
  }

  /** Tells the relay how large a picture is shown. Which viewer's need goes first is the server's to say. */
  private prefer(track: MediaStreamTrack, layer: Layer): void {
    const held = [...this.receiving.values()].find(({ consumer }) => consumer.track === track);
    if (!held?.layered || held.consumer.closed) return;
    const body = { consumer_id: held.consumer.id, spatial_layer: layer };
    this.request("set_preferred_layers", body).catch(() => undefined); // the consumer is gone, or is told at its next making
  }

  /** One track that cannot be had must not take the others with it; a transport that is gone takes all. */
  private consumeFailed(view: ProducerView, error: unknown): void {
    if (error instanceof RequestError && error.code.includes("transport")) throw error;
    if (error instanceof RequestError && error.code === "not_connected") throw error;
    const held = this.receiving.get(view.id);
    if (held) {
      held.consumer.close();
      this.receiving.delete(view.id);
      this.publish();
    }
    this.failed.add(view.id);
    setTimeout(() => {
      if (this.failed.delete(view.id)) this.changed();
    }, CONSUME_RETRY_MS);
  }

  // ── what this page sends ──────────────────────────────────────────────────────────────────────────────────────

  private async reconcileProducers(): Promise<void> {
    const me = this.me;
    if (!me) return;
    // In the waiting room nothing leaves the device at all, although the server would not pass it on either.
    const present = me.place === "check" || me.place === "main";
    const { audio, video } = this.local.snapshot();
    await this.reconcileProducer("microphone", present ? audio.track : null, this.microphoneWanted);
    await this.reconcileProducer("camera", present ? video.track : null, me.camera_on);
    await this.reconcileProducer("screen", this.screenShared ? this.screen : null, true);
  }

  private async reconcileProducer(source: Source, track: MediaStreamTrack | null, on: boolean): Promise<void> {
    let producer = this.own.get(source);
    if (producer?.closed) {
      this.own.delete(source);
      producer = undefined;
    }
    if (!track || track.readyState === "ended") {
      if (producer) await this.unpublish(source, producer);
      return;
    }
    if (!producer) producer = await this.publishTrack(source, track);
    else if (producer.track !== track) await producer.replaceTrack({ track });
    if (on && producer.paused) producer.resume();
    else if (!on && !producer.paused) producer.pause();
  }

  private async unpublish(source: Source, producer: types.Producer): Promise<void> {
    producer.close();
    this.own.delete(source);
    await this.request("close_producer", { producer_id: producer.id }).catch((error: unknown) => {
      if (!(error instanceof RequestError) || RETRIABLE.has(error.code)) throw error;
    });
  }

  private async publishTrack(source: Source, track: MediaStreamTrack): Promise<types.Producer> {
    const { device, send } = this;
    if (!device || !send) throw new Error("publish without a transport");
    const options: types.ProducerOptions =
      source === "microphone"
        ? { track, codecOptions: { opusDtx: true, opusFec: true, opusStereo: false } }
        : { track, ...videoEncoding(source, track.getSettings()), zeroRtpOnPause: true, ...vp8(device) };
    // The track is the page's, not the producer's: closing a transport must not switch the camera off.
    const producer = await send.produce({ ...options, stopTracks: false, appData: { source } });
    this.own.set(source, producer);
    return producer;
  }

  // ── figures ───────────────────────────────────────────────────────────────────────────────────────────────────

  consumerFigures(): Promise<ConsumerFigures[]> {
    return consumerFigures(this.receiving.values());
  }

  producerFigures(): Promise<ProducerFigures[]> {
    return producerFigures(this.own);
  }

  /** The page's own measurement of its network; null before a transport is up. */
  measure(): Promise<ReportNetwork | null> {
    return this.network.take([this.send, this.recv], this.receiving.values());
  }
}

/**
 * Whether the own microphone is to send. A mute by the court is carried out by the server, which drops what comes: the
 * page goes on sending, so that the refusal can be counted and certified. Only the viewer's own switch stops it.
 */
export function wantsMicrophone(me: Me, before: boolean): boolean {
  if (me.microphone_on) return true;
  return me.muted_by_court || me.microphone_locked ? before : false;
}

function vp8(device: Device): { codec?: types.RtpCodecCapability } {
  const codec = device.sendRtpCapabilities.codecs?.find(({ mimeType }) => mimeType.toLowerCase() === "video/vp8");
  return codec ? { codec } : {};
}

/** Once the views have had their turn to show what was published. */
function shownByNow(): Promise<void> {
  return new Promise((done) => setTimeout(done, 0));
}

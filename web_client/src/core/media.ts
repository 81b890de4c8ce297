import type { Device, types } from "mediasoup-client";

import type { Me, ProducerView, ReportNetwork, Requests, RoomToken, Source } from "../protocol";
import type { LocalMedia } from "./local";
import { pathOf, selectedPair, slowest } from "./path";
import { RequestError } from "./signaling";

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

interface Receiving {
  view: ProducerView;
  consumer: types.Consumer;
}

/** Figures of one received track, as the tests and the network report read them. */
export interface ConsumerFigures {
  producer: string;
  participant: string;
  source: Source;
  kind: "audio" | "video";
  packets: number;
  bytes: number;
  lost: number;
  framesDecoded: number;
  width: number;
  height: number;
  audioLevel: number;
  totalAudioEnergy: number;
  totalSamplesDuration: number;
}

export interface ProducerFigures {
  source: Source;
  packets: number;
  bytes: number;
}

const RETRY_MS = [0, 500, 1000, 2000, 4000] as const;
const CONSUME_RETRY_MS = 1000;
const DISCONNECTED_GRACE_MS = 1500;
const VIDEO_MAX_BITRATE = 900_000;
const VIDEO_START_BITRATE_KBPS = 600;
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
  private generation: string | null = null;
  private queue: Promise<void> = Promise.resolve();
  private reconcileQueued = false;
  /** A step was cut off half-way by a lost connection: what the relay holds is then not what this page holds. */
  private halfway = false;
  private rebuildAttempt = 0;
  private rebuildTimer: ReturnType<typeof setTimeout> | null = null;
  private readonly restarting = new Set<types.Transport>();
  private state: MediaState = "idle";
  private stopped = false;
  private readonly unsubscribe: () => void;

  constructor(request: Request, local: LocalMedia, hooks: MediaHooks) {
    this.request = request;
    this.local = local;
    this.hooks = hooks;
    this.unsubscribe = local.subscribe(() => this.changed());
    window.addEventListener("online", this.onOnline);
  }

  /** The view as it now stands; called at every change. A changed `generation` means that the relay is a new one. */
  update(me: Me, producers: readonly ProducerView[], generation: string): void {
    this.me = me;
    this.wanted = producers.filter((producer) => producer.participant !== me.id);
    this.microphoneWanted = wantsMicrophone(me, this.microphoneWanted);
    const renewed = this.generation !== null && this.generation !== generation;
    this.generation = generation;
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
      if (transport && transport.connectionState !== "connected" && transport.connectionState !== "new") {
        this.restartIce(transport);
      }
    }
    this.failed.clear();
    this.changed();
  }

  /** TURN servers for transports that are made or restarted from now on; those that run keep their way. */
  useIceServers(servers: RoomToken["ice_servers"]): void {
    this.iceServers = servers.map(({ urls, username, credential }) => ({ urls: [...urls], username, credential }));
  }

  /** Stops sending at once, before the server has been asked. */
  silence(): void {
    this.microphoneWanted = false;
    this.own.get("microphone")?.pause();
  }

  stop(): void {
    this.stopped = true;
    this.unsubscribe();
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
      if (transport.closed || (transport !== this.send && transport !== this.recv)) return;
      const answer = (await this.request("restart_ice", { transport_id: transport.id })) as {
        ice_parameters: types.IceParameters;
      };
      // The credentials that the transport was made with may have run out meanwhile.
      await transport.updateIceServers({ iceServers: this.iceServers });
      await transport.restartIce({ iceParameters: answer.ice_parameters });
    });
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
      })) as types.ConsumerOptions;
      const consumer = await recv.consume({
        id: options.id,
        producerId: options.producerId,
        kind: options.kind,
        rtpParameters: options.rtpParameters,
        // Picture and sound of one person play in step; different people do not wait for each other.
        streamId: view.participant,
      });
      this.receiving.set(view.id, { view, consumer });
      this.publish();
      await this.request("resume_consumer", { consumer_id: consumer.id });
    } catch (error) {
      this.consumeFailed(view, error);
    }
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
        : {
            track,
            encodings: [{ maxBitrate: VIDEO_MAX_BITRATE }],
            codecOptions: { videoGoogleStartBitrate: VIDEO_START_BITRATE_KBPS },
            zeroRtpOnPause: true,
            ...vp8(device),
          };
    // The track is the page's, not the producer's: closing a transport must not switch the camera off.
    const producer = await send.produce({ ...options, stopTracks: false, appData: { source } });
    this.own.set(source, producer);
    return producer;
  }

  // ── figures ───────────────────────────────────────────────────────────────────────────────────────────────────

  async consumerFigures(): Promise<ConsumerFigures[]> {
    const entries = [...this.receiving.values()].filter(({ consumer }) => !consumer.closed);
    return Promise.all(
      entries.map(async ({ view, consumer }) => {
        const figures: ConsumerFigures = {
          producer: view.id,
          participant: view.participant,
          source: view.source,
          kind: view.kind,
          packets: 0,
          bytes: 0,
          lost: 0,
          framesDecoded: 0,
          width: 0,
          height: 0,
          audioLevel: 0,
          totalAudioEnergy: 0,
          totalSamplesDuration: 0,
        };
        const report = await consumer.getStats().catch(() => null);
        report?.forEach((entry: RTCInboundRtpStreamStats) => {
          if (entry.type !== "inbound-rtp") return;
          figures.packets = entry.packetsReceived ?? 0;
          figures.bytes = entry.bytesReceived ?? 0;
          figures.lost = entry.packetsLost ?? 0;
          figures.framesDecoded = entry.framesDecoded ?? 0;
          figures.width = entry.frameWidth ?? 0;
          figures.height = entry.frameHeight ?? 0;
          figures.audioLevel = entry.audioLevel ?? 0;
          figures.totalAudioEnergy = entry.totalAudioEnergy ?? 0;
          figures.totalSamplesDuration = entry.totalSamplesDuration ?? 0;
        });
        return figures;
      }),
    );
  }

  async producerFigures(): Promise<ProducerFigures[]> {
    const entries = [...this.own].filter(([, producer]) => !producer.closed);
    return Promise.all(
      entries.map(async ([source, producer]) => {
        const figures: ProducerFigures = { source, packets: 0, bytes: 0 };
        const report = await producer.getStats().catch(() => null);
        report?.forEach((entry: RTCOutboundRtpStreamStats) => {
          if (entry.type !== "outbound-rtp") return;
          figures.packets += entry.packetsSent ?? 0;
          figures.bytes += entry.bytesSent ?? 0;
        });
        return figures;
      }),
    );
  }

  /** The page's own measurement of its network; null before a transport is up. */
  async measure(): Promise<ReportNetwork | null> {
    const connected = [this.send, this.recv].filter((one) => one?.connectionState === "connected");
    const [reports, received] = await Promise.all([
      Promise.all(connected.map((transport) => (transport as types.Transport).getStats())),
      this.consumerFigures(),
    ]);
    const [own] = reports;
    if (!own) return null;
    const roundTrip = selectedPair(own)?.currentRoundTripTime;
    let lossSent = 0;
    own.forEach((entry: RTCStats & { fractionLost?: number }) => {
      if (entry.type === "remote-inbound-rtp") lossSent = Math.max(lossSent, entry.fractionLost ?? 0);
    });
    const packets = received.reduce((sum, figures) => sum + figures.packets, 0);
    const lost = received.reduce((sum, figures) => sum + Math.max(0, figures.lost), 0);
    const loss = Math.max(lossSent, this.lossSince(packets, lost));
    return {
      rtt_ms: roundTrip === undefined ? null : roundTrip * 1000,
      loss: Math.min(1, Math.max(0, loss)),
      path: slowest(reports.map(pathOf)),
    };
  }

  private measured = { packets: 0, lost: 0 };

  private lossSince(packets: number, lost: number): number {
    const came = packets - this.measured.packets;
    const missing = lost - this.measured.lost;
    this.measured = { packets, lost };
    if (came < 0 || missing < 0 || came + missing === 0) return 0; // consumers came and went in between
    return missing / (came + missing);
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

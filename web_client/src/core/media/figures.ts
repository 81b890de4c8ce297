import type { types } from "mediasoup-client";

import type { ProducerView, ReportNetwork, Source } from "../../protocol";
import { pathOf, selectedPair, slowest } from "../path";

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
  freezes: number;
  pictureLosses: number;
  audioLevel: number;
  totalAudioEnergy: number;
  totalSamplesDuration: number;
}

/** Of one sent track. `layers`: widths of the pictures that are being encoded, the smallest first. */
export interface ProducerFigures {
  source: Source;
  packets: number;
  bytes: number;
  layers: number[];
}

export interface Received {
  view: ProducerView;
  consumer: types.Consumer;
}

export async function consumerFigures(received: Iterable<Received>): Promise<ConsumerFigures[]> {
  const open = [...received].filter(({ consumer }) => !consumer.closed);
  return Promise.all(
    open.map(async ({ view, consumer }) => {
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
        freezes: 0,
        pictureLosses: 0,
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
        figures.freezes = entry.freezeCount ?? 0;
        figures.pictureLosses = entry.pliCount ?? 0;
        figures.audioLevel = entry.audioLevel ?? 0;
        figures.totalAudioEnergy = entry.totalAudioEnergy ?? 0;
        figures.totalSamplesDuration = entry.totalSamplesDuration ?? 0;
      });
      return figures;
    }),
  );
}

export async function producerFigures(sent: Iterable<[Source, types.Producer]>): Promise<ProducerFigures[]> {
  const open = [...sent].filter(([, producer]) => !producer.closed);
  return Promise.all(
    open.map(async ([source, producer]) => {
      const figures: ProducerFigures = { source, packets: 0, bytes: 0, layers: [] };
      const report = await producer.getStats().catch(() => null);
      report?.forEach((entry: RTCOutboundRtpStreamStats) => {
        if (entry.type !== "outbound-rtp") return;
        figures.packets += entry.packetsSent ?? 0;
        figures.bytes += entry.bytesSent ?? 0;
        if (entry.frameWidth) figures.layers.push(entry.frameWidth);
      });
      figures.layers.sort((first, second) => first - second);
      return figures;
    }),
  );
}

/** What goes into the report of the own network, measured from one report to the next. */
export class NetworkMeasure {
  private before = { packets: 0, lost: 0 };

  /** Null before a transport is up. */
  async take(transports: readonly (types.Transport | null)[], received: Iterable<Received>): Promise<ReportNetwork | null> {
    const connected = transports.filter((one): one is types.Transport => one?.connectionState === "connected");
    const [reports, figures] = await Promise.all([
      Promise.all(connected.map((transport) => transport.getStats())),
      consumerFigures(received),
    ]);
    const [own] = reports;
    if (!own) return null;
    const roundTrip = selectedPair(own)?.currentRoundTripTime;
    let lossSent = 0;
    own.forEach((entry: RTCStats & { fractionLost?: number }) => {
      if (entry.type === "remote-inbound-rtp") lossSent = Math.max(lossSent, entry.fractionLost ?? 0);
    });
    const packets = figures.reduce((sum, one) => sum + one.packets, 0);
    const lost = figures.reduce((sum, one) => sum + Math.max(0, one.lost), 0);
    const loss = Math.max(lossSent, this.lossSince(packets, lost));
    return {
      rtt_ms: roundTrip === undefined ? null : roundTrip * 1000,
      loss: Math.min(1, Math.max(0, loss)),
      path: slowest(reports.map(pathOf)),
    };
  }

  private lossSince(packets: number, lost: number): number {
    const came = packets - this.before.packets;
    const missing = lost - this.before.lost;
    this.before = { packets, lost };
    if (came < 0 || missing < 0 || came + missing === 0) return 0; // consumers came and went in between
    return missing / (came + missing);
  }
}

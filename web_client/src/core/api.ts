import type {
  AcceptInvitation,
  Declaration,
  DisclosureResponse,
  EquipmentReport,
  InvitationInfo,
  JoinInfo,
  OpenInvitation,
  ParticipationRef,
  RoomToken,
  SiteInfo,
  StaffMe,
  Text,
  WireError,
} from "../protocol";

/** Why a request of the REST API failed, in words for the reader. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly text: Text;
  readonly citation: string | null;

  constructor(status: number, code: string, message: string, text: Text, citation: string | null = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.text = text;
    this.citation = citation;
  }
}

const OFFLINE: Text = {
  zh: "连不上法院的服务器。请检查网络，然后再试一次。",
  en: "The court's server cannot be reached. Check your network, then try again.",
};
const UNREADABLE: Text = {
  zh: "服务器的回答无法读取。请稍后再试，或联系法院。",
  en: "The server's answer could not be read. Try again later, or contact the court.",
};
const TIMEOUT_MS = 15_000;

function isWireError(value: unknown): value is WireError {
  if (typeof value !== "object" || value === null) return false;
  const error = value as Partial<WireError>;
  return typeof error.code === "string" && typeof error.text?.zh === "string" && typeof error.text.en === "string";
}

function errorOf(status: number, body: unknown): ApiError {
  const error = typeof body === "object" && body !== null ? (body as { error?: unknown }).error : undefined;
  if (isWireError(error)) {
    return new ApiError(status, error.code, error.message, error.text, error.citation ?? null);
  }
  return new ApiError(status, `http_${status}`, `HTTP ${status} without an explanation`, UNREADABLE);
}

/**
 * One request of the REST API. `path` is relative to `/api/`. It is given up after 15 s, or when `signal` says so.
 *
 * @throws ApiError with `status` 0 and code `offline` where the server could not be reached.
 */
export async function request<Answer>(
  method: string,
  path: string,
  body?: unknown,
  signal: AbortSignal = AbortSignal.timeout(TIMEOUT_MS),
): Promise<Answer> {
  const init: RequestInit = {
    method,
    credentials: "same-origin",
    cache: "no-store",
    headers: { Accept: "application/json" },
    signal,
  };
  if (body !== undefined) {
    init.headers = { Accept: "application/json", "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(`/api/${path}`, init);
  } catch (cause) {
    throw new ApiError(0, "offline", String(cause), OFFLINE);
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw errorOf(response.status, answer);
  if (answer === undefined) throw new ApiError(response.status, "unreadable", "answer is not JSON", UNREADABLE);
  return answer as Answer;
}

const DOWNLOAD_TIMEOUT_MS = 120_000;

/** A file that the server makes: its content and the name it is to be kept under. Throws as {@link request} does. */
export async function download(path: string): Promise<{ content: Blob; name: string }> {
  const answer = async (): Promise<[Response, Blob]> => {
    const response = await fetch(`/api/${path}`, {
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS),
    });
    return [response, await response.blob()];
  };
  const [response, content] = await answer().catch((cause: unknown) => {
    throw new ApiError(0, "offline", String(cause), OFFLINE);
  });
  if (!response.ok) {
    const body: unknown = await new Response(content).json().catch(() => undefined);
    throw errorOf(response.status, body);
  }
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  return { content, name: name ?? path.split("/").at(-1) ?? "download" };
}

export const get = <Answer>(path: string) => request<Answer>("GET", path);
export const post = <Answer>(path: string, body: unknown = {}) => request<Answer>("POST", path, body);
export const patch = <Answer>(path: string, body: unknown) => request<Answer>("PATCH", path, body);
export const remove = <Answer>(path: string) => request<Answer>("DELETE", path);

export const getSite = () => get<SiteInfo>("site");
export const openInvitation = (body: OpenInvitation) => post<InvitationInfo>("invitations/open", body);
export const acceptInvitation = (body: AcceptInvitation) => post<ParticipationRef>("invitations/accept", body);

const participation = (id: string) => `participations/${encodeURIComponent(id)}`;
export const getParticipation = (id: string) => get<JoinInfo>(participation(id));
export const reportEquipment = (id: string, body: EquipmentReport) =>
  post<JoinInfo>(`${participation(id)}/equipment`, body);
export const declare = (id: string, body: Declaration) => post<JoinInfo>(`${participation(id)}/declaration`, body);
export const answerDisclosure = (id: string, body: DisclosureResponse) =>
  post<JoinInfo>(`${participation(id)}/disclosure`, body);
export const roomToken = (id: string, signal?: AbortSignal) =>
  request<RoomToken>("POST", `${participation(id)}/token`, {}, signal);

export const signIn = (username: string, password: string) => post<StaffMe>("sign-in", { username, password });
export const signInWithLink = (secret: string) => post<StaffMe>("sign-in/link", { secret });
export const changePassword = (password: string, current: string | null = null) =>
  post<StaffMe>("me/password", { new: password, current });

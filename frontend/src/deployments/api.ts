import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { type Page, request } from "../api/client";

export interface Deployment {
  id: string;
  slug: string;
  name: string;
  state: "live" | "offline";
  project: { id: string; name: string };
  /** Where predictions are asked for. */
  url: string;
  active_version: number | null;
  created_at: string;
}

export interface Reason {
  code: string;
  message: string;
}

export interface Version {
  number: number;
  status: "exporting" | "ready" | "failed";
  is_active: boolean;
  runtime: string;
  /** Why PyTorch serves and not ONNX Runtime. */
  reason: Reason | null;
  parity: { largest_difference: Record<string, number> } | null;
  metrics: Record<string, number | null>;
  run: { id: string; number: number; name: string } | null;
  error: Reason | null;
  created_at: string;
  ready_at: string | null;
}

export interface Key {
  id: string;
  name: string;
  prefix: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
  is_usable: boolean;
}

export interface UsageTotals {
  num_answered: number;
  num_invalid: number;
  num_refused: number;
  num_failed: number;
  num_rows: number;
  p50_ms: number | null;
  p95_ms: number | null;
}

export interface LoggedRequest {
  time: string;
  request_id: string;
  version_number: number;
  caller: string;
  status: number;
  num_rows: number;
  latency_ms: number;
  summary: { class?: unknown; probability?: number; value?: number; rows?: number; code?: string; message?: string };
}

export type UsageWindow = "1h" | "24h" | "7d";

export interface Usage {
  window: UsageWindow;
  bucket_seconds: number;
  totals: UsageTotals;
  buckets: (UsageTotals & { time: string })[];
  versions: (UsageTotals & { number: number })[];
  last_requests: LoggedRequest[];
}

export interface Snippets {
  curl: string;
  python: string;
  javascript: string;
}

export type Instance = Record<string, unknown>;

export interface Sample {
  row: number;
  instance: Instance;
  target: Record<string, unknown>;
}

/** JSON Schema of one column's value. */
export interface ValueSchema {
  type?: string | string[];
  oneOf?: { format?: string }[];
  example?: unknown;
  examples?: unknown[];
}

export type Prediction = { class: unknown; probabilities: Record<string, number | null> } | number | null;

export interface Answer {
  predictions: Record<string, Prediction>[];
  version: number;
  latency_ms: number;
}

const EXPORT_POLL_MILLISECONDS = 1000;
const USAGE_POLL_MILLISECONDS = 5000;

const path = (slug: string, rest = "") => `deployments/${slug}/${rest}`;
const key = (slug: string, ...rest: string[]) => ["deployments", slug, ...rest];

export function deploymentsQuery(projectId: string) {
  return queryOptions({
    queryKey: ["deployments", "of", projectId],
    queryFn: ({ signal }) => request<Page<Deployment>>("GET", `deployments/?project=${projectId}`, { signal }),
  });
}

export function deploymentQuery(slug: string) {
  return queryOptions({
    queryKey: key(slug),
    queryFn: ({ signal }) => request<Deployment>("GET", path(slug), { signal }),
  });
}

export function versionsQuery(slug: string) {
  return queryOptions({
    queryKey: key(slug, "versions"),
    queryFn: ({ signal }) => request<Version[]>("GET", path(slug, "versions/"), { signal }),
    refetchInterval: ({ state }) =>
      state.data?.some((version) => version.status === "exporting") ? EXPORT_POLL_MILLISECONDS : false,
  });
}

export function keysQuery(slug: string) {
  return queryOptions({
    queryKey: key(slug, "keys"),
    queryFn: ({ signal }) => request<Key[]>("GET", path(slug, "keys/"), { signal }),
  });
}

export function usageQuery(slug: string, window: UsageWindow) {
  return queryOptions({
    queryKey: key(slug, "usage", window),
    queryFn: ({ signal }) => request<Usage>("GET", path(slug, `usage/?window=${window}`), { signal }),
    refetchInterval: USAGE_POLL_MILLISECONDS,
    placeholderData: (previous) => previous,
  });
}

export function snippetsQuery(slug: string, version: number) {
  return queryOptions({
    queryKey: key(slug, "snippets", String(version)),
    queryFn: ({ signal }) => request<Snippets>("GET", path(slug, "snippets/"), { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Rows of the test split to try the deployment with. */
export function samplesQuery(slug: string, version: number) {
  return queryOptions({
    queryKey: key(slug, "samples", String(version)),
    queryFn: ({ signal }) => request<Sample[]>("GET", path(slug, "samples/?count=12"), { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What the deployment takes, a schema a column. */
export function columnsQuery(slug: string, version: number) {
  return queryOptions({
    queryKey: key(slug, "columns", String(version)),
    queryFn: async ({ signal }) => {
      interface Description {
        components: { schemas: { Instance: { properties: Record<string, ValueSchema> } } };
      }
      const description = await request<Description>("GET", path(slug, "openapi.json"), { signal });
      return description.components.schemas.Instance.properties;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useCreateDeployment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { run: string; name: string }) => request<Deployment>("POST", "deployments/", { body }),
    onSuccess: (deployment) => {
      client.setQueryData(key(deployment.slug), deployment);
      void client.invalidateQueries({ queryKey: ["deployments", "of", deployment.project.id] });
    },
  });
}

/** A change of one deployment, after which all that is known of it is read again. */
function useChange<Body, Result>(slug: string, change: (body: Body) => Promise<Result>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: key(slug) }),
  });
}

export const useUpdateDeployment = (slug: string) =>
  useChange(slug, (body: { name?: string; state?: Deployment["state"] }) =>
    request<Deployment>("PATCH", path(slug), { body }),
  );

export const useCreateVersion = (slug: string) =>
  useChange(slug, (body: { run: string }) => request<Version>("POST", path(slug, "versions/"), { body }));

export const useRollback = (slug: string) =>
  useChange(slug, (version: number) => request<Deployment>("POST", path(slug, "rollback/"), { body: { version } }));

export const useCreateKey = (slug: string) =>
  useChange(slug, (body: { name: string }) => request<Key & { key: string }>("POST", path(slug, "keys/"), { body }));

export const useRevokeKey = (slug: string) =>
  useChange(slug, (id: string) => request<void>("DELETE", path(slug, `keys/${id}/`)));

export function useDeleteDeployment(deployment: Deployment) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<void>("DELETE", path(deployment.slug)),
    onSuccess: () => {
      client.removeQueries({ queryKey: key(deployment.slug) });
      return client.invalidateQueries({ queryKey: ["deployments", "of", deployment.project.id] });
    },
  });
}

export function tryOut(slug: string, instance: Instance): Promise<Answer> {
  return request<Answer>("POST", path(slug, "try/"), { body: { instances: [instance] } });
}

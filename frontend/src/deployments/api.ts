import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request, type Schemas } from "../api/client";

export type Deployment = Schemas["Deployment"];
export type Version = Schemas["DeploymentVersion"];
export type Key = Schemas["Key"];

/** `summary` is open in the schema: a class, a number, how many rows, or what was refused. */
export type LoggedRequest = Omit<Schemas["RequestLog"], "summary"> & {
  summary: { class?: unknown; probability?: number; value?: number; rows?: number; code?: string; message?: string };
};

export type Usage = Omit<Schemas["Usage"], "last_requests"> & { last_requests: LoggedRequest[] };
export type UsageWindow = Usage["window"];
export type Snippets = Schemas["Snippets"];
export type Sample = Schemas["DeploymentSample"];
export type Instance = Sample["instance"];

/** JSON Schema of one column's value. */
export interface ValueSchema {
  type?: string | string[];
  oneOf?: { format?: string }[];
  example?: unknown;
  examples?: unknown[];
  /** "text/plain" of a column of texts. */
  contentMediaType?: string;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  default?: unknown;
}

/** What a prompt was gone on with; `ended` where the network came to an end by itself. */
export interface Generated {
  text: string;
  num_tokens: number;
  ended: boolean;
}

/**
 * What one Output answers; the schema leaves it open, for it depends on what was deployed. A class, a text, a number, or
 * nested lists of numbers where no column says what the answer means.
 */
export type Prediction =
  | { class: unknown; probabilities: Record<string, number | null> }
  | Generated
  | number
  | null
  | Prediction[];

export type Answer = Omit<Schemas["PredictAnswer"], "predictions"> & { predictions: Record<string, Prediction>[] };

const EXPORT_POLL_MILLISECONDS = 1000;
const USAGE_POLL_MILLISECONDS = 5000;

const key = (slug: string, ...rest: string[]) => ["deployments", slug, ...rest];

export function deploymentsQuery(projectId: string) {
  return queryOptions({
    queryKey: ["deployments", "of", projectId],
    queryFn: ({ signal }) => request("GET", "/api/v1/deployments/", { query: { project: projectId }, signal }),
  });
}

export function deploymentQuery(slug: string) {
  return queryOptions({
    queryKey: key(slug),
    queryFn: ({ signal }) => request("GET", "/api/v1/deployments/{slug}/", { path: { slug }, signal }),
  });
}

export function versionsQuery(slug: string) {
  return queryOptions({
    queryKey: key(slug, "versions"),
    queryFn: ({ signal }) => request("GET", "/api/v1/deployments/{slug}/versions/", { path: { slug }, signal }),
    refetchInterval: ({ state }) =>
      state.data?.some((version) => version.status === "exporting") ? EXPORT_POLL_MILLISECONDS : false,
  });
}

export function keysQuery(slug: string) {
  return queryOptions({
    queryKey: key(slug, "keys"),
    queryFn: ({ signal }) => request("GET", "/api/v1/deployments/{slug}/keys/", { path: { slug }, signal }),
  });
}

export function usageQuery(slug: string, window: UsageWindow) {
  return queryOptions({
    queryKey: key(slug, "usage", window),
    queryFn: ({ signal }) =>
      request("GET", "/api/v1/deployments/{slug}/usage/", {
        path: { slug },
        query: { window },
        signal,
      }) as Promise<Usage>,
    refetchInterval: USAGE_POLL_MILLISECONDS,
    placeholderData: (previous) => previous,
  });
}

export function snippetsQuery(slug: string, version: number) {
  return queryOptions({
    queryKey: key(slug, "snippets", String(version)),
    queryFn: ({ signal }) => request("GET", "/api/v1/deployments/{slug}/snippets/", { path: { slug }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Rows of the test split to try the deployment with. */
export function samplesQuery(slug: string, version: number) {
  return queryOptions({
    queryKey: key(slug, "samples", String(version)),
    queryFn: ({ signal }) =>
      request("GET", "/api/v1/deployments/{slug}/samples/", { path: { slug }, query: { count: 12 }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What is read here of a deployment's own OpenAPI description, which is a document to the schema. */
interface Description {
  components: { schemas: { Instance: { properties: Record<string, ValueSchema> } } };
}

/** What the deployment takes, a schema a column. */
export function columnsQuery(slug: string, version: number) {
  return queryOptions({
    queryKey: key(slug, "columns", String(version)),
    queryFn: async ({ signal }) => {
      const answer = await request("GET", "/api/v1/deployments/{slug}/openapi.json", { path: { slug }, signal });
      const description = answer as unknown as Description;
      return description.components.schemas.Instance.properties;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useCreateDeployment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { run: string; name: string }) => request("POST", "/api/v1/deployments/", { body }),
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
  useChange(slug, (body: Schemas["PatchedDeploymentUpdate"]) =>
    request("PATCH", "/api/v1/deployments/{slug}/", { path: { slug }, body }),
  );

export const useCreateVersion = (slug: string) =>
  useChange(slug, (body: Schemas["Source"]) =>
    request("POST", "/api/v1/deployments/{slug}/versions/", { path: { slug }, body }),
  );

export const useRollback = (slug: string) =>
  useChange(slug, (version: number) =>
    request("POST", "/api/v1/deployments/{slug}/rollback/", { path: { slug }, body: { version } }),
  );

export const useCreateKey = (slug: string) =>
  useChange(slug, (body: Schemas["KeyCreate"]) =>
    request("POST", "/api/v1/deployments/{slug}/keys/", { path: { slug }, body }),
  );

export const useRevokeKey = (slug: string) =>
  useChange(slug, (id: string) =>
    request("DELETE", "/api/v1/deployments/{slug}/keys/{key_id}/", { path: { slug, key_id: id } }),
  );

export function useDeleteDeployment(deployment: Deployment) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request("DELETE", "/api/v1/deployments/{slug}/", { path: { slug: deployment.slug } }),
    onSuccess: () => {
      client.removeQueries({ queryKey: key(deployment.slug) });
      return client.invalidateQueries({ queryKey: ["deployments", "of", deployment.project.id] });
    },
  });
}

export function tryOut(slug: string, instance: Instance): Promise<Answer> {
  return request("POST", "/api/v1/deployments/{slug}/try/", {
    path: { slug },
    body: { instances: [instance] },
  }) as Promise<Answer>;
}

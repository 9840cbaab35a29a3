import type { Catalogue } from "../graph/catalogue";
import { request } from "./client";

/** What layers, losses and optimizers there are. To the schema it is a document; its parts are typed beside the graph. */
export async function readCatalogue(signal?: AbortSignal): Promise<Catalogue> {
  return (await request("GET", "/api/v1/catalogue/", { signal })) as unknown as Catalogue;
}

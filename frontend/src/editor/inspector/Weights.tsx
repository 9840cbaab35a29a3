import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { LayerForm } from "../../graph/catalogue";
import { findNode, type GraphNode } from "../../graph/document";
import { setShares, setTie, shareOwners, tieOwners, type WeightOf } from "../../graph/sharing";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { useDocument, useEditor, useEditorStore } from "../state/context";
import { problemsOf } from "../state/problems";
import { checkHere, graphHere } from "../state/store";
import { useView } from "../state/view";

/** Whose weights a node has: a module of its own or that of another node, and single parameters tied to others'. */
export function Weights({ node, layer }: { node: GraphNode; layer: LayerForm }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const document = useDocument();
  const check = useEditor((editor) => checkHere(editor));
  const bad = useEditor((editor) =>
    problemsOf(checkHere(editor), node.id).some((problem) => problem.code === "share.unfit"),
  );
  const here = check?.nodes[node.id];
  const learns = node.shares || node.ties || layer.family === "block" || (layer.torch && here?.num_parameters);
  if (!learns) return null;
  const owners = shareOwners(document, layer, check, node);
  const owner = node.shares ? findNode(document, node.shares) : undefined;
  const params = [...new Set([...Object.keys(here?.parameters ?? {}), ...Object.keys(node.ties ?? {})])];
  const ties = params.map((param) => ({ param, owners: tieOwners(document, check, node, param) }));
  const tieable = node.shares ? [] : ties.filter(({ param, owners }) => owners.length > 0 || node.ties?.[param]);
  if (owners.length === 0 && tieable.length === 0 && !node.shares) return null;
  const share = (id: string) => {
    const { edit, endGesture } = store.getState();
    edit(setShares(graphHere(store.getState()), node.id, id || null));
    endGesture();
  };
  const goTo = (id: string) => {
    store.getState().selectNodes(id);
    useView.getState().canvas?.show(id);
  };
  const known = owners.some(({ id }) => id === node.shares);
  return (
    <section data-testid="weights">
      <h3>{t("weights.title")}</h3>
      {(owners.length > 0 || node.shares) && (
        <div className="param">
          <label htmlFor={`shares-${node.id}`}>
            {t("weights.shares")}
            <code>shares</code>
          </label>
          <select
            id={`shares-${node.id}`}
            className={bad ? "field bad" : "field"}
            aria-invalid={bad}
            value={node.shares ?? ""}
            onChange={(event) => share(event.target.value)}
            data-testid="shares"
          >
            <option value="">{t("weights.nobody")}</option>
            {node.shares && !known && <option value={node.shares}>{owner?.name ?? node.shares}</option>}
            {owners.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
          <p className="hint">{owner ? t("weights.shared", { name: owner.name }) : t("weights.about")}</p>
        </div>
      )}
      {owner && (
        <Button size="sm" icon="arrow" className="after-param" onClick={() => goTo(owner.id)} data-testid="go-to-owner">
          {t("weights.goTo", { name: owner.name })}
        </Button>
      )}
      {tieable.length > 0 && <Ties node={node} params={tieable} />}
    </section>
  );
}

interface TiesProps {
  node: GraphNode;
  params: { param: string; owners: WeightOf[] }[];
}

/** A choice for each parameter that can be tied; folded until one is. */
function Ties({ node, params }: TiesProps) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const document = useDocument();
  const problems = useEditor((editor) => problemsOf(checkHere(editor), node.id));
  const [open, setOpen] = useState(node.ties !== undefined);
  const bad = problems.some(({ code }) => code === "tie.unfit");
  const text = ([id, param]: WeightOf) => `${findNode(document, id)?.name ?? id}.${param}`;
  const tie = (param: string, chosen: string) => {
    const { edit, endGesture } = store.getState();
    edit(setTie(graphHere(store.getState()), node.id, param, chosen ? (JSON.parse(chosen) as WeightOf) : null));
    endGesture();
  };
  return (
    <>
      <h3 className="fold ties">
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} data-testid="ties">
          <Icon name={open ? "down" : "right"} size={14} />
          {t("weights.ties")}
        </button>
      </h3>
      {open &&
        params.map(({ param, owners }) => {
          const tied = node.ties?.[param];
          const choices = tied && !owners.some((one) => text(one) === text(tied)) ? [tied, ...owners] : owners;
          return (
            <div className="param" key={param}>
              <label htmlFor={`tie-${node.id}-${param}`} className="mono">
                {param}
              </label>
              <select
                id={`tie-${node.id}-${param}`}
                className={tied && bad ? "field bad" : "field"}
                aria-invalid={!!tied && bad}
                value={tied ? JSON.stringify(tied) : ""}
                onChange={(event) => tie(param, event.target.value)}
                data-testid={`tie-${param}`}
              >
                <option value="">{t("weights.own")}</option>
                {choices.map((one) => (
                  <option key={text(one)} value={JSON.stringify(one)}>
                    {text(one)}
                  </option>
                ))}
              </select>
            </div>
          );
        })}
      {open && <p className="hint">{t("weights.tiesAbout")}</p>}
    </>
  );
}

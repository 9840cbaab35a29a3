import { useTranslation } from "react-i18next";
import { type Change, changesOf, fieldName, type GraphDiff } from "../graph/changes";
import { Badge } from "../ui/Badge";
import "./changes.css";

const TONES = { added: "ok", removed: "bad", changed: "warn", rewired: undefined } as const;

interface ChangeListProps {
  diff: GraphDiff;
  /** Where given, the names of nodes are buttons that lead to them; the path is as the difference has it. */
  onNode?: (path: string) => void;
}

/** A difference as a plain list. */
export function ChangeList({ diff, onNode }: ChangeListProps) {
  const { t } = useTranslation("runs");
  const changes = changesOf(diff);
  if (changes.length === 0) return <p className="sm t2">{t("graphDiff.same")}</p>;
  return (
    <ul className="changes">
      {changes.map((change) => (
        <li key={change.key} className="sm">
          <Badge tone={TONES[change.kind]}>{t(`graphDiff.${change.kind}`)}</Badge>{" "}
          <ChangeLine change={change} onNode={onNode} />
        </li>
      ))}
    </ul>
  );
}

function ChangeLine({ change, onNode }: { change: Change; onNode?: (path: string) => void }) {
  const { t } = useTranslation("runs");
  if (change.wire) {
    const wire = `${change.wire.source} → ${change.wire.target}`;
    return change.wire.removed ? <del className="t3">{wire}</del> : wire;
  }
  const { path } = change;
  return (
    <>
      {onNode && path !== undefined && change.kind !== "removed" ? (
        <button type="button" className="link med" onClick={() => onNode(path)}>
          {change.name}
        </button>
      ) : (
        <span className="med">{change.isBlock ? t("graphDiff.block", { name: change.name }) : change.name}</span>
      )}{" "}
      {change.type && <span className="mono xs t3">{change.type}</span>}
      {change.fields?.map(({ field, before, after }) => (
        <span key={field} className="change-field mono xs">
          <span className="t2">{fieldName(field)}</span> {`${written(before)} → ${written(after)}`}
        </span>
      ))}
    </>
  );

  function written(value: unknown): string {
    if (value === null || value === undefined) return t("graphDiff.nothing");
    return typeof value === "string" ? value : JSON.stringify(value);
  }
}

import { useTranslation } from "react-i18next";
import { Badge } from "../ui/Badge";
import { Icon } from "../ui/Icon";
import { formatExact, formatShare } from "../ui/numbers";
import type { Column } from "./api";

/** So many classes are shown, the most frequent first. */
const SHOWN = 20;
/** From here on the largest class outweighs the smallest enough to say so. */
const UNBALANCED = 3;

/** How many rows each class has. */
export function ClassesPanel({ column }: { column: Column }) {
  const { t } = useTranslation("datasets");
  const counts = column.counts ?? [];
  const classes = (column.values ?? [])
    .map((value, index) => ({ name: String(value), count: counts[index] ?? 0 }))
    .sort((a, b) => b.count - a.count);
  const total = classes.reduce((sum, entry) => sum + entry.count, 0) || 1;
  const most = classes[0]?.count ?? 1;
  const ratio = most / Math.max(1, classes[classes.length - 1]?.count ?? 1);
  const isLow = (count: number) => most / Math.max(1, count) > UNBALANCED;
  return (
    <section className="card" data-testid="classes">
      <header>
        <h2>{t("classes.title", { column: column.name })}</h2>
        <span className="grow" />
        {ratio > UNBALANCED && (
          <Badge tone="warn">
            <Icon name="warn" size={12} />
            {ratio.toFixed(1)} : 1
          </Badge>
        )}
      </header>
      <div className="body">
        <ul className="bal">
          {classes.slice(0, SHOWN).map(({ name, count }) => (
            <li key={name} className={isLow(count) ? "low" : undefined}>
              <span className="trunc" title={name}>
                {name}
              </span>
              <span>
                <i className="b" style={{ width: `${(count / most) * 100}%` }} />
              </span>
              <span className="num t2">{formatExact(count)}</span>
              <span className="num t3">{formatShare(count / total)}</span>
            </li>
          ))}
        </ul>
        {classes.length > SHOWN && <p className="xs t3">{t("classes.more", { count: classes.length - SHOWN })}</p>}
      </div>
    </section>
  );
}

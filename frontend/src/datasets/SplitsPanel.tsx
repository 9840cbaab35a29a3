import { Popover } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { formatExact } from "../ui/numbers";
import { Problem } from "../ui/Problem";
import { TextField } from "../ui/TextField";
import { type Split, type SplitSettings, useChangeDataset, type Version } from "./api";

const SPLITS: readonly Split[] = ["train", "val", "test"];

interface SplitsPanelProps {
  datasetId: string;
  version: Version;
  onChanged: () => void;
}

/** How many rows train, validate and test, and how they were chosen. */
export function SplitsPanel({ datasetId, version, onChanged }: SplitsPanelProps) {
  const { t } = useTranslation("datasets");
  const [open, setOpen] = useState(false);
  const { splits, split_settings: settings } = version;
  if (!splits || !settings) return null;
  const total = splits.train + splits.val + splits.test;
  return (
    <section className="card" data-testid="splits">
      <header>
        <h2>{t("splits.title")}</h2>
        <span className="xs t3 trunc">
          {settings.stratified_by
            ? t("splits.stratified", { column: settings.stratified_by, seed: settings.seed })
            : t("splits.seeded", { seed: settings.seed })}
        </span>
        <span className="grow" />
        <Popover opened={open} onChange={setOpen} position="bottom-end" width={260} trapFocus withinPortal>
          <Popover.Target>
            <Button
              variant="ghost"
              size="sm"
              aria-expanded={open}
              onClick={() => setOpen(!open)}
              data-testid="split-change"
            >
              {t("splits.change")}
            </Button>
          </Popover.Target>
          <Popover.Dropdown>
            <SplitForm
              datasetId={datasetId}
              settings={settings}
              onDone={() => {
                setOpen(false);
                onChanged();
              }}
            />
          </Popover.Dropdown>
        </Popover>
      </header>
      <div className="body">
        <div className="splitbar" aria-hidden="true">
          {SPLITS.map((split, place) => (
            <i
              key={split}
              style={{ width: `${(splits[split] / total) * 100}%`, background: `var(--chart-${place + 1})` }}
            />
          ))}
        </div>
        <dl>
          {SPLITS.map((split, place) => (
            <div className="kvr" key={split}>
              <dt className="row">
                <i className="swatch" style={{ background: `var(--chart-${place + 1})` }} />
                {t(`splits.${split}`)}
              </dt>
              <dd>
                {formatExact(splits[split])} <span className="t3">{Math.round((splits[split] / total) * 100)}%</span>
              </dd>
            </div>
          ))}
        </dl>
        {settings.own_test && <p className="xs t3">{t("splits.ownTest")}</p>}
      </div>
    </section>
  );
}

interface SplitFormProps {
  datasetId: string;
  settings: SplitSettings;
  onDone: () => void;
}

/** Other shares or another seed make a new version; this one stays. */
function SplitForm({ datasetId, settings, onDone }: SplitFormProps) {
  const { t } = useTranslation("datasets");
  const [val, setVal] = useState(String(settings.val * 100));
  const [test, setTest] = useState(String(settings.test * 100));
  const [seed, setSeed] = useState(String(settings.seed));
  const change = useChangeDataset(datasetId);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const split = { val: Number(val) / 100, test: Number(test) / 100, seed: Number(seed) };
    change.mutate({ split }, { onSuccess: onDone });
  };
  return (
    <form className="form" onSubmit={submit} aria-label={t("splits.change")}>
      <p className="sm t2">{t("splits.about")}</p>
      <TextField
        label={t("splits.valShare")}
        unit="%"
        type="number"
        min={1}
        max={50}
        required
        value={val}
        onChange={(event) => setVal(event.target.value)}
        data-autofocus
      />
      {!settings.own_test && (
        <TextField
          label={t("splits.testShare")}
          unit="%"
          type="number"
          min={1}
          max={50}
          required
          value={test}
          onChange={(event) => setTest(event.target.value)}
        />
      )}
      <TextField
        label={t("splits.seed")}
        type="number"
        min={0}
        required
        value={seed}
        onChange={(event) => setSeed(event.target.value)}
      />
      <Problem error={change.error} />
      <Button type="submit" variant="primary" disabled={change.isPending}>
        {t("newVersion")}
      </Button>
    </form>
  );
}

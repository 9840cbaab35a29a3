import { Menu } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { bindDataset, projectQuery } from "../api/projects";
import { datasetsQuery } from "../datasets/api";
import { Icon } from "../ui/Icon";
import { formatExact } from "../ui/numbers";
import { useEditor } from "./state/context";

/** The data set the graph is bound to; the menu binds another. */
export function DatasetMenu() {
  const { t } = useTranslation("editor");
  const client = useQueryClient();
  const projectId = useEditor((editor) => editor.projectId);
  const name = useEditor((editor) => editor.datasetName);
  const rows = useEditor((editor) => editor.datasetRows);
  const progress = useEditor((editor) => editor.datasetProgress);
  const images = useEditor((editor) => editor.columns.some((column) => column.kind === "image"));
  const bound = useEditor((editor) => editor.datasetVersion);
  const datasets = useQuery(datasetsQuery).data?.results ?? [];
  const bind = useMutation({
    mutationFn: (version: string | null) => bindDataset(projectId, version),
    onSuccess: () => client.invalidateQueries(projectQuery(projectId)),
  });
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <button type="button" className="datachip" data-testid="dataset-menu">
          <Icon name={images ? "image" : "table"} />
          <b className="med">{name ?? t("dataset.none")}</b>
          {progress !== null && (
            <span className="t-preparing" role="status" data-testid="dataset-preparing">
              {t("dataset.preparing", { share: `${Math.round(progress * 100)}%` })}
              <progress value={progress} aria-hidden="true" />
            </span>
          )}
          {rows !== null && (
            <span className="t3 t-rows">
              {t(images ? "dataset.images" : "dataset.rows", { count: rows, shown: formatExact(rows) })}
            </span>
          )}
          <Icon name="down" size={14} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {datasets.map(({ id, name, version }) => (
          <Menu.Item
            key={id}
            disabled={version.status !== "ready"}
            onClick={() => bind.mutate(version.id)}
            rightSection={version.id === bound && <Icon name="check" size={14} />}
          >
            {name}
          </Menu.Item>
        ))}
        {bound && <Menu.Item onClick={() => bind.mutate(null)}>{t("dataset.unbind")}</Menu.Item>}
        <Menu.Divider />
        <Menu.Item renderRoot={(props) => <Link to="/p/$projectId/data" params={{ projectId }} {...props} />}>
          {t("dataset.open")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { projectQuery, projectsQuery } from "../api/projects";
import { Icon } from "../ui/Icon";

/** The project's name; opens the list of the others. */
export function ProjectMenu({ projectId }: { projectId: string }) {
  const { t } = useTranslation("ui");
  const navigate = useNavigate();
  const project = useQuery(projectQuery(projectId)).data;
  const others = useQuery(projectsQuery).data?.results ?? [];
  return (
    <Menu position="bottom-start" width={240}>
      <Menu.Target>
        <button type="button" className="btn ghost proj" title={project?.name} data-testid="project-menu">
          <span className="trunc">{project?.name ?? "…"}</span>
          <Icon name="down" size={14} className="t3" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {others
          .filter((other) => other.id !== projectId)
          .slice(0, 12)
          .map((other) => (
            <Menu.Item
              key={other.id}
              onClick={() => void navigate({ to: "/p/$projectId/build", params: { projectId: other.id } })}
            >
              {other.name}
            </Menu.Item>
          ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void navigate({ to: "/projects" })}>{t("project.all")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

import { useNavigate } from "@tanstack/react-router";
import { type Template, useCreateProject } from "./api";

/** Makes a project out of a template and goes to its canvas. */
export function useOpenTemplate() {
  const create = useCreateProject();
  const navigate = useNavigate();
  const open = (template: Template, size: number | null = template.size) =>
    create.mutate(
      { template: template.id, ...(size === null ? {} : { size }) },
      { onSuccess: (project) => void navigate({ to: "/p/$projectId/build", params: { projectId: project.id } }) },
    );
  return { open, isPending: create.isPending, error: create.error };
}

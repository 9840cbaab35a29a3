import { Menu } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../api/me";
import { Icon } from "../ui/Icon";
import { signOut } from "./session";

function initials(name: string, email: string): string {
  const words = (name || email.split("@")[0] || "?").split(/[\s._-]+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => word[0]!.toUpperCase())
    .join("");
}

/** The person who is signed in: account, administration for the owner, sign out. */
export function UserMenu() {
  const { t } = useTranslation("ui");
  const navigate = useNavigate();
  const person = useMe().data?.user;
  if (!person) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <button
          type="button"
          className="avatar"
          aria-label={t("user.menu", { email: person.email })}
          data-testid="user-menu"
        >
          {initials(person.name, person.email)}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{person.email}</Menu.Label>
        <Menu.Item leftSection={<Icon name="key" size={14} />} onClick={() => void navigate({ to: "/account" })}>
          {t("user.account")}
        </Menu.Item>
        {person.is_owner && (
          <Menu.Item component="a" href="/admin/" leftSection={<Icon name="settings" size={14} />}>
            {t("user.admin")}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()} data-testid="sign-out">
          {t("user.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

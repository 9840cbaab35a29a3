import { useTranslation } from "react-i18next";
import { useMe } from "../api/me";
import { Invites } from "./Invites";
import { People } from "./People";
import { Preferences } from "./Preferences";
import { Profile } from "./Profile";
import { Tokens } from "./Tokens";
import "./account.css";

export function AccountPage() {
  const { t } = useTranslation("account");
  const person = useMe().data?.user;
  return (
    <main className="page-body">
      <div className="account">
        <h1>{t("title")}</h1>
        {person && (
          <>
            <Profile key={person.id} person={person} />
            <Preferences />
            <Tokens />
            {person.is_owner && (
              <>
                <Invites />
                <People />
              </>
            )}
          </>
        )}
      </div>
    </main>
  );
}

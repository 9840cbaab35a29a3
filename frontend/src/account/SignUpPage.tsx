export function SignUpPage() {
  return <main className="main" />;
}

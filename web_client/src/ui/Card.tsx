import type { ReactNode } from "react";

interface CardProps {
  title?: ReactNode;
  aside?: ReactNode;
  label?: string;
  className?: string;
  testId?: string;
  children: ReactNode;
}

/** A titled section of a page. */
export function Card({ title, aside, label, className, testId, children }: CardProps) {
  return (
    <section className={className ? `card ${className}` : "card"} aria-label={label} data-testid={testId}>
      {title ? (
        <header className="card__head">
          <h2 className="kicker">{title}</h2>
          {aside}
        </header>
      ) : null}
      <div className="card__body">{children}</div>
    </section>
  );
}

export { AppHead, Emblem, LanguageSwitch, Mark } from "./AppHead";
export { Banner } from "./Banner";
export { Button } from "./Button";
export { Card } from "./Card";
export { ConfirmDialog, Dialog, type ConfirmProps } from "./Dialog";
export { ErrorBanner } from "./ErrorBanner";
export { Checkbox, Choice, Select, TextField } from "./Field";
export { Loading } from "./Loading";
export { Tag } from "./Tag";

/** The desk of the court staff. */
export default function DeskApp() {
  return null;
}

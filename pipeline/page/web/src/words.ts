// Plain words for what the page shows: times, counts, names of categories.

export const CATEGORIES: Record<string, string> = {
  PERSON: "Person",
  PLACE: "Place",
  ORG: "Organisation",
  DATE: "Date",
  AGE: "Age",
  PHONE: "Telephone number",
  EMAIL: "E-mail address",
  HANDLE: "Online name",
  POSTCODE: "Postcode",
  ADDRESS: "Address",
  NHS_NUMBER: "NHS number",
  NI_NUMBER: "National Insurance number",
  OTHER_ID: "Other number",
  VEHICLE: "Vehicle",
  QUASI: "Identifying detail",
};

/** What stands for a category where nobody has a better word. */
export const STAND_INS: Record<string, string> = {
  PERSON: "person",
  PLACE: "place",
  ORG: "organisation",
  DATE: "date",
  AGE: "age",
  PHONE: "phone number",
  EMAIL: "email",
  HANDLE: "social media account",
  POSTCODE: "postcode",
  ADDRESS: "address",
  NHS_NUMBER: "NHS number",
  NI_NUMBER: "NI number",
  OTHER_ID: "reference number",
  VEHICLE: "vehicle registration",
  QUASI: "identifying detail",
};

export function categoryName(category: string): string {
  return CATEGORIES[category] ?? category.toLowerCase();
}

/** 75.3 -> "1:15", 3675 -> "1:01:15". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** 4000 -> "1 h 7 min". */
export function length(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;
}

/** A share as whole per cent; only the whole is 100 %. */
export function percent(share: number): string {
  return `${share >= 1 ? 100 : Math.min(99, Math.round(share * 100))} %`;
}

/** "2026-12-01T21:04:00Z" -> "1 December 2026, 21:04". */
export function moment(when: string): string {
  const date = new Date(when);
  return Number.isNaN(date.getTime())
    ? when
    : date.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
}

/** Splits as the server does: at white space, nothing else. */
export function tokensOf(text: string): string[] {
  return text.split(/\s+/u).filter(Boolean);
}

// Proposes the browser's own time zone where one is asked for and none is chosen.

export function propose() {
  for (const select of document.querySelectorAll("select[data-zone]")) {
    if (!select.value) select.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
    if (select.selectedIndex < 0) select.value = "";
  }
}

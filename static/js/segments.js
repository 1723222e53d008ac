// Counts segments as one writes: a textarea with [data-segments="ID"] writes into the element with that id. The rules of logs/segments.py.
(() => {
  "use strict";
  const BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
  const EXTENSION = "\f^{}\\[~]|€";

  const measure = (text) => {
    const characters = [...text];
    const culprits = [...new Set(characters.filter((one) => !BASIC.includes(one) && !EXTENSION.includes(one)))];
    const [single, joined] = culprits.length ? [70, 67] : [160, 153];
    const widths = characters.map((one) => (culprits.length ? one.length : EXTENSION.includes(one) ? 2 : 1));
    const units = widths.reduce((sum, width) => sum + width, 0);
    let segments = units ? 1 : 0;
    if (units > single) {
      let used = 0;
      for (const width of widths) {
        if (used + width > joined) { segments += 1; used = 0; }
        used += width;
      }
    }
    return { characters: characters.length, culprits, segments };
  };

  for (const area of document.querySelectorAll("textarea[data-segments]")) {
    const place = document.getElementById(area.dataset.segments);
    if (!place) continue;
    const words = place.dataset;
    const show = () => {
      const { characters, culprits, segments } = measure(area.value.replace(/\r\n/g, "\n"));
      const why = culprits.length ? ` ${words.because.replace("%s", culprits.slice(0, 3).join(" "))}` : "";
      place.textContent = `${segments} ${segments === 1 ? words.one : words.many} · ${characters} ${words.characters} · ${culprits.length ? "UCS-2" : "GSM-7"}${why}`;
    };
    area.addEventListener("input", show);
    show();
  }
})();

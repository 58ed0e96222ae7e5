// Draws what a page gives as JSON beside each canvas: Persian digits, Vazirmatn, from right to left.
const DIGITS = "۰۱۲۳۴۵۶۷۸۹";
const COLOURS = ["#0a5c57", "#c98a1b", "#9b1c1c", "#42628a"];
const MARKS = { percent: "٪", hours: " ساعت" };
const GRID = "#d2dad7";

export function persian(value, unit = "") {
  const whole = Math.round(value * 10) / 10;
  const written = whole.toLocaleString("en-US", { maximumFractionDigits: 1 }).replaceAll(",", "٬").replace(".", "٫");
  const mark = unit === "percent" ? "\u061C" : "";
  return mark + written.replace(/[0-9]/g, (digit) => DIGITS[digit]) + (MARKS[unit] ?? "");
}

function intervals(series) {
  return {
    id: "intervals",
    afterDatasetsDraw(chart) {
      if (!series.low?.some((one) => one !== null)) return;
      const { ctx, scales } = chart;
      ctx.save();
      ctx.strokeStyle = "#17212b";
      ctx.lineWidth = 1.5;
      chart.getDatasetMeta(0).data.forEach((bar, n) => {
        if (series.low[n] === null) return;
        const [low, high] = [series.low[n], series.high[n]].map((one) => scales.y.getPixelForValue(one));
        ctx.beginPath();
        for (const [x1, y1, x2, y2] of [[0, low, 0, high], [-5, low, 5, low], [-5, high, 5, high]]) {
          ctx.moveTo(bar.x + x1, y1);
          ctx.lineTo(bar.x + x2, y2);
        }
        ctx.stroke();
      });
      ctx.restore();
    },
  };
}

function dataset(kind, series, colour) {
  return {
    type: kind,
    label: series.name,
    data: series.values,
    unit: series.unit,
    borderColor: colour,
    backgroundColor: kind === "bar" ? colour : `${colour}22`,
    borderDash: series.dashed ? [6, 4] : [],
    borderWidth: kind === "bar" ? 0 : 2,
    pointRadius: series.values.length > 40 ? 0 : 3,
    pointBackgroundColor: colour,
    maxBarThickness: 44,
    stepped: series.stepped ?? false,
    spanGaps: true,
    yAxisID: series.axis ?? "y",
  };
}

function line(series, length, colour) {
  const name = "همه";
  return { ...dataset("line", { name, values: Array(length).fill(series.whole), unit: series.unit, dashed: true }, colour), pointRadius: 0 };
}

function datasets(data, chosen) {
  const shown = data.together ? data.series : [data.series[chosen]];
  const found = shown.map((one, n) => dataset(one.kind ?? data.kind, one, COLOURS[n % COLOURS.length]));
  const [only] = shown;
  if (!data.together && only.whole !== null) found.push(line(only, data.labels.length, COLOURS[1]));
  return found;
}

function second(data) {
  const series = data.together && data.series.find((one) => one.axis === "second");
  if (!series) return {};
  const title = { display: true, text: series.name };
  return { second: { position: "left", beginAtZero: true, grid: { display: false }, title, ticks: { precision: 0, callback: (value) => persian(value) } } };
}

function options(data, chosen) {
  const unit = data.together ? data.series[0].unit : data.series[chosen].unit;
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: false,
    interaction: { mode: "index", intersect: false },
    scales: {
      x: { reverse: true, grid: { display: false }, ticks: { maxRotation: 60, autoSkipPadding: 12 } },
      y: { position: "right", beginAtZero: true, grid: { color: GRID }, ticks: { precision: unit ? undefined : 0, callback: (value) => persian(value, unit) } },
      ...second(data),
    },
    plugins: {
      legend: { display: data.together || data.series[chosen].whole !== null, rtl: true, textDirection: "rtl", labels: { boxWidth: 18 } },
      tooltip: {
        rtl: true,
        textDirection: "rtl",
        callbacks: { label: (item) => (item.raw === null ? "" : `${item.dataset.label}: ${persian(item.raw, item.dataset.unit)}`) },
      },
    },
  };
}

function draw(figure) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const choice = figure.querySelector("[data-chart-choice]");
  let chart = null;
  const renew = () => {
    const chosen = Number(choice?.value ?? 0);
    chart?.destroy();
    const plugins = data.together ? [] : [intervals(data.series[chosen])];
    chart = new Chart(figure.querySelector("canvas"), {
      data: { labels: data.labels, datasets: datasets(data, chosen) },
      options: options(data, chosen),
      plugins,
    });
    figure.dataset.drawn = "true";
  };
  choice?.addEventListener("change", renew);
  renew();
}

const style = getComputedStyle(document.body);
Chart.defaults.font.family = style.fontFamily;
Chart.defaults.font.size = 13;
Chart.defaults.color = style.color;
await document.fonts.load("13px Vazirmatn", "آمار");
for (const figure of document.querySelectorAll("[data-chart]")) draw(figure);

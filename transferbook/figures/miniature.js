// A finding in small: one row of dots for each arm of a comparison, a dot for each run, and a
// slider that picks a run out. State: arms ([{ name, values }]), unit, digits, run (0 is all of
// them), low and high (ends of the axis).

import {
  LOOK,
  escapeHtml,
  figureFrom,
  fixed,
  followModel,
  followTheme,
  joinMap,
  mean,
  range,
  slider,
  svgLine,
  svgText,
  takePlace,
} from "./shared.js";

const WIDTH = 460;
const ROW = 46;
const MARGIN = 12;
const INKS = ["var(--hot)", "#d55e00", "#009e73"];

/** What an arm shows: the value of one run, counted from 1, or the mean of all at 0. */
export const shown = ({ values }, run) => (run ? values[run - 1] : mean(values));

const css = `${LOOK}
.mini { max-width: 30rem; }
.mini svg { display: block; width: 100%; height: auto; overflow: visible; }
.mini .knob {
  display: grid;
  grid-template-columns: auto 1fr 5.5em;
  gap: .6em;
  align-items: center;
}
.mini .knob b { font-weight: 600; text-align: right; }
.mini output { display: block; min-height: 1.45em; }
`;

function mount(model, el) {
  const arms = model.get("arms");
  const digits = model.get("digits");
  const unit = model.get("unit");
  const low = model.get("low");
  const high = model.get("high");
  const runs = arms[0].values.length;
  const height = ROW * arms.length + 22;
  const place = takePlace(
    el,
    "fig mini",
    `<style>${css}</style><svg role="img" viewBox="0 0 ${WIDTH} ${height}"></svg>
    ${slider("run", "Run", 0, runs)}<output aria-live="polite"></output>`,
  );
  const { find, listen } = place;
  const [picture, knob, told] = ["svg", "input", "output"].map(find);

  const across = (value) => MARGIN + ((value - low) / (high - low)) * (WIDTH - 2 * MARGIN);
  const words = (value) => fixed(value, digits);

  function armOf({ name, values }, place, run) {
    const ink = INKS[place];
    const y = place * ROW + 30;
    const dots = joinMap(range(runs), (i) => {
      const chosen = run === i + 1;
      const faint = run && !chosen ? 0.25 : 0.75;
      const radius = chosen ? 6 : 4;
      const look = `fill="${ink}" opacity="${faint}"`;
      return `<circle cx="${across(values[i])}" cy="${y}" r="${radius}" ${look}/>`;
    });
    const x = across(mean(values));
    const bar = run ? "" : svgLine(`M${x} ${y - 9}V${y + 9}`, ink, 'stroke-width="3"');
    return svgText(MARGIN, y - 14, escapeHtml(name), 'font-size="14"') + dots + bar;
  }

  function axis() {
    const y = height - 18;
    const line = svgLine(`M${MARGIN} ${y}H${WIDTH - MARGIN}`);
    const from = svgText(MARGIN, height - 4, String(low), 'font-size="13"');
    const to = svgText(
      WIDTH - MARGIN,
      height - 4,
      `${high} ${unit}`,
      'font-size="13" text-anchor="end"',
    );
    return line + from + to;
  }

  function draw() {
    const run = model.get("run");
    const parts = arms.map((arm) => `${arm.name} ${words(shown(arm, run))}`);
    const text = `${run ? `Run ${run}` : `Mean of ${runs} runs`}: ${parts.join(", ")} ${unit}`;
    picture.innerHTML = joinMap(arms, (arm) => armOf(arm, arms.indexOf(arm), run)) + axis();
    picture.setAttribute("aria-label", text);
    told.textContent = text;
    knob.value = run;
    knob.nextElementSibling.textContent = run ? `${run} of ${runs}` : "all";
    knob.setAttribute("aria-valuetext", run ? `run ${run}` : "all runs");
  }

  const set = followModel(model, place, ["run"], draw);
  listen(knob, "input", () => {
    set({ run: knob.valueAsNumber });
    model.save_changes();
    draw();
  });
  followTheme(place);
  draw();
  return { destroy: place.leave };
}

export default figureFrom(mount);

// Maps of the plane iterated side by side: the true one, the trained spline network itself, the
// formula read off it, and a rival such as an empty picture. First the arithmetic, exported and
// compared with torch; then shaders, a fallback without them, and the figure.

import {
  LOOK,
  arrowOf,
  clamp,
  decodeFlat,
  figureFrom,
  fitCanvas,
  fixed,
  followModel,
  followSize,
  followTheme,
  grouped,
  indexOfMost,
  joinMap,
  mean,
  range,
  scientific,
  tableOf,
  takePlace,
} from "./shared.js";

const SQUARE = 1.5; // half the side of the square that is scored, as in the tables
const { abs, cos, cosh, exp, floor, hypot, max, min, round, sin, sinh } = Math;

export const KINDS = ["square", "cube", "fourth", "exp", "sin", "cos"];

// --- arrays of the state; bare text holds float32

export const decode = (value) =>
  decodeFlat(typeof value === "string" ? { dtype: "float32", b64: value } : value);

// int16 times one scale for each vector of 180
export const dequantise = (ints, scales, i, n = 180) =>
  Float64Array.from(ints.subarray(i * n, i * n + n), (q) => q * scales[i]);

// --- the network [2, 5, 2], from a vector: layer 1 has coef [2, 5, 8] and w_base [2, 5], layer 2
// coef [5, 2, 8] and w_base [5, 2]

const GRID = 5; // intervals of a spline
const KNOTS = GRID + 3; // splines on an edge
const WINDOWS = GRID + 6; // intervals on which some spline is not zero
const ROW = KNOTS + 6; // three zeros either side: no spline outside the extended grid
const EDGES = 20;

function edgesOf(vector) {
  const coef = new Float64Array(EDGES * ROW);
  const base = new Float64Array(EDGES);
  for (let edge = 0; edge < EDGES; edge++) {
    const k = edge % 10;
    const layer = edge < 10 ? 0 : 10 * KNOTS + 10;
    base[edge] = vector[layer + 10 * KNOTS + k];
    for (let g = 0; g < KNOTS; g++) coef[edge * ROW + 3 + g] = vector[layer + k * KNOTS + g];
  }
  return { coef, base };
}

export function kan(
  vector,
  ranges = [
    [-1.5, 1.5],
    [-3, 3],
  ],
) {
  const { coef, base } = edgesOf(vector);
  const lo = ranges.map(([least]) => least);
  const step = ranges.map(([least, most]) => (most - least) / GRID);
  const b = [0, 0, 0, 0]; // the four cubic B-splines that are not zero at a point
  const db = [0, 0, 0, 0]; // their derivatives
  const hidden = new Float64Array(5);
  const dHidden = new Float64Array(10);
  let first = -1; // of the four; none outside the extended grid
  let silu = 0;
  let dSilu = 0;

  function lookUp(x, layer) {
    const sigmoid = 1 / (1 + exp(-x));
    const u = (x - lo[layer]) / step[layer] + 3;
    silu = x * sigmoid;
    dSilu = sigmoid * (1 + x * (1 - sigmoid));
    first = u >= 0 && u < WINDOWS ? floor(u) : -1;
    const t = u - first;
    const r = 1 - t;
    const q = t * t;
    const slope = 0.5 / step[layer];
    b[0] = (r * r * r) / 6;
    b[1] = (3 * q * t - 6 * q + 4) / 6;
    b[2] = (3 * (t + q - q * t) + 1) / 6;
    b[3] = (q * t) / 6;
    db[0] = -r * r * slope;
    db[1] = (3 * q - 4 * t) * slope;
    db[2] = (1 + 2 * t - 3 * q) * slope;
    db[3] = q * slope;
  }
  function along(edge, w, smooth) {
    if (first < 0) return smooth * base[edge];
    const at = edge * ROW + first;
    const spline =
      w[0] * coef[at] + w[1] * coef[at + 1] + w[2] * coef[at + 2] + w[3] * coef[at + 3];
    return smooth * base[edge] + spline;
  }
  // the value goes into `out`, the Jacobian is added to J when there is one
  function run(x, y, out, J) {
    hidden.fill(0);
    for (let i = 0; i < 2; i++) {
      lookUp(i ? y : x, 0);
      for (let j = 0; j < 5; j++) {
        hidden[j] += along(5 * i + j, b, silu);
        if (J) dHidden[5 * i + j] = along(5 * i + j, db, dSilu);
      }
    }
    out[0] = out[1] = 0;
    for (let j = 0; j < 5; j++) {
      lookUp(hidden[j], 1);
      for (let o = 0; o < 2; o++) {
        const edge = 10 + 2 * j + o;
        out[o] += along(edge, b, silu);
        if (!J) continue;
        const slope = along(edge, db, dSilu);
        J[2 * o] += slope * dHidden[j];
        J[2 * o + 1] += slope * dHidden[5 + j];
      }
    }
    return out;
  }
  return {
    base,
    lo,
    step,
    map: (x, y, out) => run(x, y, out),
    jacobian(x, y) {
      const J = [0, 0, 0, 0];
      run(x, y, [0, 0], J);
      return J;
    },
    // a texture, row: edge, column: interval, texel: its four coefficients
    windows: () =>
      Float32Array.from({ length: 4 * EDGES * WINDOWS }, (_, i) => {
        const texel = floor(i / 4);
        return coef[floor(texel / WINDOWS) * ROW + (texel % WINDOWS) + (i % 4)];
      }),
  };
}

// at z = [x, y]: value and Jacobian [u_x, u_y, v_x, v_y]; params: {vector, ranges}
const network = ({ vector, ranges }) => kan(decode(vector), ranges);
export const step = (z, params) => network(params).map(...z, [0, 0]);
export const jacobian = (z, params) => network(params).jacobian(...z);
// Cauchy–Riemann residual of a Jacobian
export const cr = (J) => (J[0] - J[3]) ** 2 + (J[1] + J[2]) ** 2;
// R² of a map and the mean residual of its Jacobian, on n × n points of the square, its edges
// included
export function fieldScores(map, truth, jacobianAt = () => [0, 0, 0, 0], n = 64) {
  const axis = range(n).map((i) => SQUARE * ((2 * i) / (n - 1) - 1));
  const got = [0, 0];
  const want = [0, 0];
  const total = [0, 0];
  let error = 0;
  let size = 0;
  let residual = 0;
  for (const x of axis) {
    for (const y of axis) {
      map(x, y, got);
      truth(x, y, want);
      residual += cr(jacobianAt(x, y));
      for (const i of [0, 1]) {
        error += (got[i] - want[i]) ** 2;
        size += want[i] ** 2;
        total[i] += want[i];
      }
    }
  }
  const spread = size - hypot(...total) ** 2 / (n * n);
  return { r2: 1 - error / spread, cr: residual / (n * n) };
}

// --- closed forms a·g(bz) + c; maps write into `out`, for speed

const ONE = [1, 0];
const ZERO = [0, 0];
const times = (a, b) => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
function over(a, b) {
  const squared = b[0] ** 2 + b[1] ** 2;
  return times(a, [b[0] / squared, -b[1] / squared]);
}
function put(out, x, y) {
  out[0] = x;
  out[1] = y;
  return out;
}
const square = (x, y, out) => put(out, x * x - y * y, 2 * x * y);
function cube(x, y, out) {
  const p = x * x - y * y;
  const q = 2 * x * y;
  return put(out, p * x - q * y, p * y + q * x);
}
const G_OF = [
  square,
  cube,
  (x, y, out) => square(x * x - y * y, 2 * x * y, out),
  (x, y, out) => put(out, exp(x) * cos(y), exp(x) * sin(y)),
  (x, y, out) => put(out, sin(x) * cosh(y), cos(x) * sinh(y)),
  (x, y, out) => put(out, cos(x) * cosh(y), -sin(x) * sinh(y)),
];
const affine = (g, a, c) => (x, y, out) => {
  g(x, y, out);
  return put(out, out[0] * a[0] - out[1] * a[1] + c[0], out[0] * a[1] + out[1] * a[0] + c[1]);
};
export function closed({ kind, a, b, c }) {
  const g = G_OF[kind];
  return affine((x, y, out) => g(x * b[0] - y * b[1], x * b[1] + y * b[0], out), a, c);
}

// a polynomial in z; its coefficients are pairs, the constant first
export const polynomial = (coef) => (x, y, out) => {
  let u = 0;
  let v = 0;
  for (let k = coef.length - 2; k >= 0; k -= 2) {
    const real = u * x - v * y + coef[k];
    v = u * y + v * x + coef[k + 1];
    u = real;
  }
  return put(out, u, v);
};

// --- iterating, and comparing pictures

const sizeOf = (z, inBox) => (inBox ? max(abs(z[0]), abs(z[1])) : hypot(z[0], z[1]));

// [first step outside, stayed]; inside: |x|, |y| <= R in a box, else |z| <= R
export function escape(map, x, y, n, R, inBox) {
  const z = [x, y];
  let i = 0;
  while (i < n && sizeOf(z, inBox) <= R) {
    map(z[0], z[1], z);
    i++;
  }
  return [i, sizeOf(z, inBox) <= R];
}
export const agreement = (a, b) => a.reduce((same, v, i) => same + (v === b[i]), 0) / a.length;
export function iou(a, b) {
  let both = 0;
  let either = 0;
  a.forEach((v, i) => {
    both += v & b[i];
    either += v | b[i];
  });
  return either ? both / either : 1;
}

// --- colour: blue outside (0-4), amber inside (5), differences (6, 7)

const channels = (hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);
const paletteOf = (text) => text.split(" ").map(channels);
const LIGHT = paletteOf("f4f1e9 cfe3ee 7db8dc 2176ae 0a2d55 e69f00 d6204e 7b2fbe");
const DARK = paletteOf("0d1420 12304f 1b659c 56b4e9 eaf7ff e69f00 ff5a7a c58bff");
function colourOf(palette, kept, steps) {
  if (kept) return palette[5];
  const t = 4 - 4 * exp(min(1 - steps, 0) / 9);
  const i = min(floor(t), 3);
  return palette[i].map((v, k) => v + (palette[i + 1][k] - v) * (t - i));
}

// --- shaders: the same arithmetic

const GLSL_G = [
  "sq(z)",
  "mul(sq(z),z)",
  "sq(sq(z))",
  "exp(z.x)*vec2(cos(z.y),sin(z.y))",
  "vec2(sin(z.x)*cosh(z.y),cos(z.x)*sinh(z.y))",
  "vec2(cos(z.x)*cosh(z.y),-sin(z.x)*sinh(z.y))",
];
const GLSL_POLYNOMIAL = `vec2 r=q[8];
for (int k=7;k>=0;k--) r=mul(r,z)+q[k];
return mul(a,r)+c;`;
const HEAD = `#version 300 es
precision highp float;precision highp int;precision highp sampler2D;
uniform vec2 a,b,c,ta,tc,centre,mid,q[9];
uniform float px,R;
uniform int n,mode;
uniform vec3 pal[8];
out vec4 o;
vec2 mul(vec2 p,vec2 q){return vec2(p.x*q.x-p.y*q.y,p.x*q.y+p.y*q.x);}
vec2 sq(vec2 z){return vec2(z.x*z.x-z.y*z.y,2.*z.x*z.y);}
`;
// clamping is exact: at the ends of the extended grid every spline is zero
const SPLINE = `
uniform sampler2D coef;
uniform vec2 w1[5],w2[5],lo,ih;
vec4 cubic(float t){
  float r=1.-t,q=t*t;
  return vec4(r*r*r,3.*q*t-6.*q+4.,3.*(t+q-q*t)+1.,q*t)/6.;
}
vec2 silu(vec2 x){return x/(1.+exp(-max(x,-80.)));}
vec2 kan(vec2 z){
  vec2 u=clamp((z-lo.x)*ih.x+3.,0.,10.99999),s=silu(z),r=vec2(0);
  ivec2 k=ivec2(u);
  vec4 bx=cubic(u.x-float(k.x)),by=cubic(u.y-float(k.y));
  for (int j=0;j<5;j++){
    float h=dot(s,w1[j])+dot(bx,texelFetch(coef,ivec2(k.x,j),0))
      +dot(by,texelFetch(coef,ivec2(k.y,5+j),0));
    float v=clamp((h-lo.y)*ih.y+3.,0.,10.99999);
    int m=int(v);
    vec4 bh=cubic(v-float(m));
    r+=silu(vec2(h))*w2[j]+vec2(dot(bh,texelFetch(coef,ivec2(m,10+2*j),0)),
      dot(bh,texelFetch(coef,ivec2(m,11+2*j),0)));
  }
  return r;
}
`;
// mode 0: colours, 1: numbers, 2: where the set differs from the true map's
const julia = (map, inBox, truth) => `
vec2 f(vec2 z){${map}}
float size(vec2 z){return ${inBox ? "max(abs(z.x),abs(z.y))" : "length(z)"};}
vec2 g(vec2 z){return mul(ta,${GLSL_G[truth]})+tc;}
void main(){
  vec2 z0=centre+(gl_FragCoord.xy-mid)*px,z=z0;
  int i=0,j=0;
  for (;i<n&&size(z)<=R;i++) z=f(z);
  bool stays=size(z)<=R;
  if (mode==1){o=vec4(float(i)/255.,stays?1.:0.,0,1);return;}
  float t=4.-4.*exp(float(min(1-i,0))/9.);
  int k=min(int(t),3);
  vec3 col=stays?pal[5]:mix(pal[k],pal[k+1],t-float(k));
  if (mode==2){
    z=z0;
    for (;j<n&&size(z)<=R;j++) z=g(z);
    col=size(z)<=R==stays?mix(col,vec3(dot(col,vec3(.3,.6,.1))),.85):pal[stays?6:7];
  }
  o=vec4(col,1);
}`;
const VERTEX = `#version 300 es
void main(){gl_Position=vec4(vec2(gl_VertexID&1,gl_VertexID>>1)*4.-1.,0,1);}`;
const ROOM = 1024; // side of the hidden picture that is drawn into before it is enlarged
// Draws with WebGL2; null without it
function painter(canvas) {
  const options = { antialias: false, depth: false, preserveDrawingBuffer: true };
  const gl = canvas.getContext("webgl2", options);
  if (!gl) return null;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  const { TEXTURE_2D, FRAMEBUFFER, RENDERBUFFER, COLOR_ATTACHMENT0, COLOR_BUFFER_BIT } = gl;
  const programs = new Map();
  let net;
  let coef;
  let frame;
  let fresh = false; // has a program been built since somebody asked?

  function build(text) {
    const id = gl.createProgram();
    [VERTEX, text].forEach((source, i) => {
      const shader = gl.createShader(i ? gl.FRAGMENT_SHADER : gl.VERTEX_SHADER);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(id, shader);
    });
    gl.linkProgram(id);
    if (!gl.getProgramParameter(id, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error("shader: " + gl.getProgramInfoLog(id));
    }
    fresh = true;
    return { id, places: {} };
  }
  // puts a fragment shader in use; returns a setter of its uniforms
  function use(text) {
    if (!programs.has(text)) programs.set(text, build(text));
    const { id, places } = programs.get(text);
    gl.useProgram(id);
    return (kind, values) => {
      for (const key in values) {
        places[key] ??= gl.getUniformLocation(id, key);
        gl["uniform" + kind](places[key], values[key]);
      }
    };
  }
  const drawInto = (target) => gl.bindFramebuffer(FRAMEBUFFER, target);
  const fill = () => gl.drawArrays(gl.TRIANGLES, 0, 3);
  function texture(unit, internal, w, h, format, data, filter) {
    const made = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(TEXTURE_2D, made);
    gl.texImage2D(TEXTURE_2D, 0, internal, w, h, 0, format, gl.FLOAT, data);
    gl.texParameteri(TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
    return made;
  }
  function setWeights(set) {
    const w1 = range(5).flatMap((j) => [net.base[j], net.base[5 + j]]);
    const ih = net.step.map((width) => 1 / width);
    set("1i", { coef: 0 });
    set("2fv", { w1, w2: net.base.subarray(10), lo: net.lo, ih });
  }
  function load(own) {
    if (own === net) return;
    net = own;
    gl.deleteTexture(coef);
    coef = texture(0, gl.RGBA32F, WINDOWS, EDGES, gl.RGBA, net.windows(), gl.NEAREST);
  }
  // the shader of a pane, in use; returns the setter of its uniforms
  function shaderOf(scene, { net, coef, kind }) {
    const closedMap = `z=mul(b,z);return mul(a,${GLSL_G[kind]})+c;`;
    const map = net ? "return mul(a,kan(z))+c;" : coef ? GLSL_POLYNOMIAL : closedMap;
    const set = use(HEAD + (net ? SPLINE : "") + julia(map, scene.inBox, scene.truth.kind));
    if (net) setWeights(set);
    if (coef) set("2fv", { q: coef });
    return set;
  }
  // pane p of a scene into a rectangle (from below left) of a target
  function draw(scene, p, [x, y, w, h], target, mode = 0) {
    const { view, truth, R, n } = scene;
    const pane = scene.panes[p];
    if (pane.net) load(pane.net);
    const set = shaderOf(scene, pane);
    const { a, b, c } = pane;
    drawInto(target);
    gl.viewport(x, y, w, h);
    set("2fv", { a, b, c, ta: truth.a, tc: truth.c });
    set("2fv", { centre: [view.x, view.y], mid: [x + w / 2, y + h / 2] });
    set("1f", { px: (2 * view.half) / min(w, h), R });
    set("1i", { n, mode: mode || (scene.diff && p ? 2 : 0) });
    set("3fv", { pal: scene.palette.flat() });
    fill();
  }
  function scratch() {
    if (frame) return frame;
    const buffer = gl.createRenderbuffer();
    frame = gl.createFramebuffer();
    gl.bindRenderbuffer(RENDERBUFFER, buffer);
    gl.renderbufferStorage(RENDERBUFFER, gl.RGBA8, ROOM, ROOM);
    drawInto(frame);
    gl.framebufferRenderbuffer(FRAMEBUFFER, COLOR_ATTACHMENT0, RENDERBUFFER, buffer);
    return frame;
  }
  return {
    gl,
    renderer,
    slow: /swiftshader|llvmpipe|software/i.test(renderer),
    takeFresh() {
      const was = fresh;
      fresh = false;
      return was;
    },
    // all panes, at a fraction of the resolution
    frame(scene, rects, scale) {
      drawInto(null);
      gl.clear(COLOR_BUFFER_BIT);
      scene.panes.forEach((pane, p) => {
        if (!pane) return;
        const [x, y, w, h] = rects[p];
        const [sw, sh] = [w, h].map((side) => min(ROOM, round(side * scale)));
        draw(scene, p, [0, 0, sw, sh], scratch());
        gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
        gl.blitFramebuffer(0, 0, sw, sh, x, y, x + w, y + h, COLOR_BUFFER_BIT, gl.LINEAR);
      });
    },
    // a pane, exactly
    exactly: (scene, p, rect) => draw(scene, p, rect, null),
    // {count, stays} of a pane, top row first
    counts(scene, p, w, h) {
      draw(scene, p, [0, 0, w, h], scratch(), 1);
      const raw = new Uint8Array(4 * w * h);
      gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, raw);
      const upsideDown = (i) => (h - 1 - floor(i / w)) * w + (i % w);
      const byte = (k) => Uint8Array.from(range(w * h), (i) => raw[4 * upsideDown(i) + k]);
      return { count: byte(0), stays: byte(1).map((v) => v >> 7) };
    },
    // calls back when all is drawn
    done(then) {
      const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
      gl.flush();
      function check() {
        if (gl.isContextLost()) return;
        if (gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) {
          setTimeout(check, 2);
          return;
        }
        gl.deleteSync(fence);
        then();
      }
      setTimeout(check);
    },
  };
}

// --- without WebGL2: the same pictures in plain arithmetic

function mapOf(pane) {
  const { net, coef, a, c } = pane;
  return net || coef ? affine(net ? net.map : polynomial(coef), a, c) : closed(pane);
}

function scan(scene, p, w, h) {
  const { view, palette, n, R, inBox } = scene;
  const map = mapOf(scene.panes[p]);
  const truth = closed(scene.truth);
  const pixel = (2 * view.half) / min(w, h);
  const count = new Uint8Array(w * h);
  const stays = new Uint8Array(w * h);
  const rgba = new Uint8ClampedArray(4 * w * h).fill(255);
  const grey = (colour) => colour.map((q) => 0.15 * q + 0.3 * colour[0] + 0.55 * colour[1]);
  for (let i = 0; i < w * h; i++) {
    const x = view.x + ((i % w) - (w - 1) / 2) * pixel;
    const y = view.y - (floor(i / w) - (h - 1) / 2) * pixel;
    const [steps, kept] = escape(map, x, y, n, R, inBox);
    let colour = colourOf(palette, kept, steps);
    if (scene.diff && p) {
      const should = escape(truth, x, y, n, R, inBox)[1];
      colour = should === kept ? grey(colour) : palette[kept ? 6 : 7];
    }
    count[i] = steps;
    stays[i] = +kept;
    colour.forEach((q, k) => (rgba[4 * i + k] = 255 * q));
  }
  return { count, stays, rgba };
}

// --- words

const share = (part) => `${(100 * part).toFixed(1)}%`;
const r2Text = (r2) => (r2 < 0.99995 ? fixed(r2, r2 > 0.9 ? 4 : 2) : "above 0.9999");
function complex([x, y], digits = 2) {
  const size = abs(y).toFixed(digits);
  return fixed(x, digits) + (+size ? ` ${y < 0 ? "−" : "+"} ${size}i` : "");
}
function residualText(value) {
  if (value === 0) return "0";
  return value >= 0.01 && value < 1000 ? value.toPrecision(2) : scientific(value);
}
function formulaText({ kind, a, b, c }) {
  const factor = (w) => (+abs(w[1]).toFixed(3) ? `(${complex(w, 3)})` : fixed(w[0], 3));
  const power = kind < 3;
  const lead = power
    ? Array(kind + 2)
        .fill(b)
        .reduce(times, a)
    : a;
  const plain = hypot(b[0] - 1, b[1]) < 5e-4;
  const name = ["z²", "z³", "z⁴", "exp", "sin", "cos"][kind];
  const argument = plain ? " z" : `(${factor(b)} z)`;
  const sign = c[0] < 0 ? " − " : " + ";
  const end = hypot(...c) < 5e-4 ? "" : sign + complex([abs(c[0]), c[1]], 3);
  return `${factor(lead)} ${name}${power ? "" : argument}${end}`;
}

const PAD = 132; // side of the parameter plane
const CSS = `
.tj { font-size: 13px; }
.tj .stage { position: relative; touch-action: pan-y; user-select: none; }
.tj .stage > canvas {
  position: absolute;
  inset: 0;
  width: 100%;
  height: 100%;
  pointer-events: none;
}
.tj .panes {
  position: relative;
  display: grid;
  grid-template-columns: repeat(4, 1fr);
  gap: 14px 10px;
}
.tj .pane { display: grid; grid: subgrid / 1fr; grid-row: span 4; row-gap: 0; }
.tj p { margin: 0 0 5px; color: var(--soft); }
.tj .hole { aspect-ratio: 1; display: grid; place-items: center; cursor: crosshair; }
.tj .pane select { width: 100%; font-weight: 700; padding: 0; }
.tj :is(.score div, .keys) {
  display: flex;
  gap: 2px 14px;
  flex-wrap: wrap;
  padding: 5px 0 0;
  color: var(--soft);
}
.tj .score b { margin-left: auto; color: var(--fg); }
.tj progress { width: 100%; height: 7px; accent-color: var(--hot); }
.tj .lesson { font-size: 15px; color: var(--fg); margin: 10px 0 0; min-height: 3em; }
.tj .controls {
  display: flex;
  flex-wrap: wrap;
  gap: 12px 24px;
  padding: 12px 14px;
  margin-top: 12px;
  background: var(--panel);
  border: 1px solid var(--line);
  border-radius: 6px;
}
.tj fieldset { border: 0; margin: 0; padding: 0; flex: 1 1 230px; min-width: 0; }
.tj legend { all: unset; font-weight: 650; }
.tj :is(label, .bar) { display: flex; gap: 8px; align-items: center; min-height: 31px; }
.tj label { color: var(--fg); white-space: nowrap; }
.tj label > :is(input, select):not([type="checkbox"]) { flex: 1 1 4em; }
.tj [type="number"] { width: 6em; }
.tj output { min-width: 2.8em; text-align: right; }
.tj .pad { position: relative; width: 132px; height: 132px; touch-action: none; }
.tj .pad i {
  position: absolute;
  width: 16px;
  height: 16px;
  margin: -8px;
  border-radius: 50%;
  background: #fff;
  border: 2px solid #000;
}
.tj .keys i {
  display: inline-block;
  width: 22px;
  height: 11px;
  margin-right: 5px;
}
.tj details { margin-top: 6px; overflow-x: auto; }
.tj table { color: var(--fg); font-size: 13px; }
.tj :is(th, td) { padding: 3px 14px 3px 0; text-align: left; white-space: nowrap; }
@container (max-width: 620px) {
  .tj .panes { grid-template-columns: 1fr 1fr; }
}
`;
const RIVALS = {
  empty: "Nothing learned",
  polynomial: "Polynomial",
  start: "Other weights",
};
const RIVAL = '<select data-k="rival" aria-label="Compare with"></select>';
const TITLES = ["True map", "Trained spline", "Recovered formula", RIVAL];
const PANE = (title) => `<div class="pane"><b>${title}</b><p></p>
<div class="hole"></div><div class="score"></div></div>`;
const NUMBER = (key) =>
  `<label><span></span><input type="number" step="0.01" data-k="${key}"></label>`;
const CHECKBOX = (key, name) => `<label><input type="checkbox" data-k="${key}"> ${name}</label>`;
const HTML = `<style>${LOOK}${CSS}</style>
<div class="stage" tabindex="0" role="group"
  aria-label="Four panes, one camera: arrow keys pan, plus and minus zoom, 0 resets">
  <canvas role="img" aria-label=Drawing></canvas>
  <canvas role="img" aria-label=Drawing hidden></canvas><canvas aria-hidden="true"></canvas>
  <div class="panes">${joinMap(TITLES, PANE)}</div>
</div>
<p class="lesson"></p>
<div class="controls">
<div><span class="name"></span>
<div class="pad" tabindex="0" role="slider" aria-valuemin="-2.5" aria-valuemax="2.5"
  aria-label="Parameter plane: arrow keys move the point"
  ><canvas width="132" height="132"></canvas><i></i></div></div>
<fieldset><legend>Map</legend>
  <label>Family <select data-k="family"></select></label>
  <div class="bar">${NUMBER("re")}${NUMBER("im")}</div></fieldset>
<fieldset><legend>What was learned</legend>
  <label>Training step <input type="range" min="0" data-k="step"><output></output></label>
  <label>Cauchy–Riemann weight <select data-k="cr"></select></label>
  ${CHECKBOX("noise", "Trained on 10 % noise")}
  <label hidden><input type="checkbox" data-k="live" checked> Live model from Python</label>
</fieldset>
<fieldset><legend>Picture</legend>
  <label>Iterations <input type="range" min="10" max="200" data-k="n_iter"><output></output></label>
  ${CHECKBOX("diff", "Difference from the truth")}
  <div class="bar">Zoom <button data-b="in" aria-label="Zoom in">+</button>
  <button data-b="out" aria-label="Zoom out">−</button>
  <button data-b="reset">Reset</button></div></fieldset>
</div>
<div class="keys"></div>
<details><summary>Numbers behind the picture</summary><table></table></details>
<div class="quiet" role="status"></div>`;

// --- the figure

const KEYS = ["family", "c", "step", "cr", "noise", "n_iter", "diff", "rival"];
const LIVE_KEYS = ["live_vector", "live_family", "live_ranges", "live_formula"];

function mount(model, el) {
  const place = takePlace(el, "fig tj", HTML);
  const { root, signal, find, findAll, listen } = place;
  const get = (key, other) => model.get(key) ?? other;
  const input = (key) => find(`[data-k=${key}]`);
  const stage = find(".stage");
  const pad = find(".pad");
  const [pixels, flat, ink] = findAll(".stage > canvas");
  const clock = () => performance.now();

  // the data, and what the reader has chosen
  const families = get("families");
  const steps = get("steps");
  const weights = get("weights");
  const ints = decode(get("vectors"));
  const scales = decode(get("scales"));
  const formulas = decode(get("formulas"));
  const polynomials = decode(get("polynomials"));
  const last = steps.length - 1;
  const pick = {
    c: ZERO,
    step: last,
    cr: min(1, weights.length - 1),
    noise: false,
    n_iter: 40,
    diff: false,
    rival: "empty",
  };
  let family;
  let live; // the vector of a network in Python
  let view; // centre and half-width of what the panes show
  let probe = null; // the point whose orbit is drawn; none at first
  let scene;
  let palette;
  let net;
  let netFor;
  const symbol = () => (family.role === "c" ? "c" : "λ");
  const home = () => ({ x: 0, y: 0, half: family.degree ? SQUARE : family.box });
  const stepText = (i) => grouped(steps[i]);

  function read() {
    const was = family;
    const c = get("c");
    const whole = (key, most, least = 0) =>
      (pick[key] = clamp(round(get(key, pick[key])), least, most));
    family = families.find(({ name }) => name === get("family")) ?? families[0];
    pick.c = (c?.length === 2 ? c : family.constant).map(Number);
    whole("step", last);
    whole("cr", weights.length - 1);
    whole("n_iter", 200, 10);
    pick.noise = !!get("noise");
    pick.diff = !!get("diff");
    pick.rival = get("rival", "empty");
    live = decode(get("live_vector"));
    if (live?.length !== 180) live = null;
    if (was !== family) forgetView();
  }
  function forgetView() {
    view = home();
    probe = null;
  }
  const usesLive = () =>
    live && input("live").checked && get("live_family", family.name) === family.name;
  // the place in the tables; the last of each row was trained on noisy data
  function rowOf(f = families.indexOf(family), step = pick.step) {
    const row = f * weights.length + pick.cr;
    return row * (steps.length + 1) + (pick.noise ? steps.length : step);
  }
  // the fourth pane; an empty picture has no map
  let guess;
  let guessFor;
  function rivalPane(scale, shift) {
    if (pick.rival === "polynomial") {
      const at = 18 * (2 * families.indexOf(family) + pick.noise);
      return { coef: polynomials.subarray(at, at + 18), a: scale, b: ONE, c: shift };
    }
    if (pick.rival !== "start") return null;
    const id = rowOf(0, last);
    if (id !== guessFor) guess = kan(dequantise(ints, scales, id), families[0].ranges);
    guessFor = id;
    return { net: guess, a: ONE, b: ONE, c: ZERO };
  }
  function chooseNet(isLive) {
    const id = isLive ? live : rowOf();
    if (id === netFor) return;
    const ranges = (isLive && get("live_ranges")) || family.ranges;
    netFor = id;
    net = kan(isLive ? live : dequantise(ints, scales, id), ranges);
  }
  // [kind, a, b, c] of a·g(bz) + c, complex numbers as pairs of entries; kind -1: none found
  function formulaRow(isLive) {
    const at = 7 * rowOf();
    const row = isLive ? decode(get("live_formula")) : formulas?.subarray(at, at + 7);
    return row ?? [-1];
  }
  // the three maps; from the constant of training to this one c is added, λ multiplies
  function build() {
    const { c } = pick;
    const trained = family.constant;
    const adds = family.role === "c";
    const isLive = usesLive();
    chooseNet(isLive);
    const scale = adds ? ONE : over(c, trained);
    const shift = adds ? [c[0] - trained[0], c[1] - trained[1]] : ZERO;
    const [kind, a0, a1, b0, b1, c0, c1] = formulaRow(isLive);
    const end = times(scale, [c0, c1]);
    const truth = familyMap(c);
    const formula = {
      kind,
      a: times(scale, [a0, a1]),
      b: [b0, b1],
      c: [end[0] + shift[0], end[1] + shift[1]],
    };
    const radius = max(hypot(...c), 2 ** (1 / (family.degree - 1)));
    scene = {
      view,
      palette,
      truth,
      n: pick.n_iter,
      diff: pick.diff,
      inBox: !family.degree,
      R: family.degree ? radius : family.box,
      panes: [
        truth,
        { net, a: scale, b: ONE, c: shift },
        KINDS[kind] ? formula : null,
        rivalPane(scale, shift),
      ],
    };
  }
  function familyMap(c) {
    const kind = KINDS.indexOf(family.name);
    return family.role === "c" ? { kind, a: ONE, b: ONE, c } : { kind, a: c, b: ONE, c: ZERO };
  }

  // --- drawing: on demand, one frame in flight, coarse on slow machines while something moves,
  // exact at rest

  let gpu;
  let boxes; // of the panes, in pixels of the page …
  let rects; // … and of the canvas, from below left
  let ratio;
  let scale = 1;
  let queued = false;
  let busy = false;
  let moved = false;
  let idle;
  let due;
  let ticket = 0; // changes with each redraw, so that older work stops
  let measured = 0;
  let scores = [];
  let said;
  let perf = { frames: 0 };
  const waiting = [];

  function start() {
    gpu = get("force2d") ? null : painter(pixels);
    if (gpu?.slow) scale = 0.6;
    showCanvas();
  }
  function without() {
    gpu = null;
    showCanvas();
  }
  function showCanvas() {
    pixels.hidden = !gpu;
    flat.hidden = !!gpu;
    busy = false;
    redraw();
  }
  // false while the panes have no size
  function layout() {
    const box = stage.getBoundingClientRect();
    for (const canvas of [pixels, flat, ink]) ratio = fitCanvas(canvas, box.width, box.height);
    boxes = findAll(".hole").map((hole) => {
      const { left, top, width, height } = hole.getBoundingClientRect();
      return [left - box.left, top - box.top, width, height];
    });
    rects = boxes.map((pane) => {
      const [x, y, w, h] = pane.map((v) => round(v * ratio));
      return [x, ink.height - y - h, w, h];
    });
    return rects[0][2] > 8;
  }
  function redraw() {
    moved = true;
    ticket++;
    clearTimeout(idle);
    if (queued || busy) return;
    queued = true;
    requestAnimationFrame(paint);
  }
  function paint() {
    queued = moved = false;
    if (signal.aborted || !layout()) return;
    build();
    drawOrbits();
    describe();
    if (!gpu) {
      flatten(64, () => (idle = setTimeout(flatten, 90, 180, rest)));
      return;
    }
    const began = clock();
    try {
      gpu.frame(scene, rects, scale);
    } catch (error) {
      console.warn(error.message);
      without();
      return;
    }
    const fresh = gpu.takeFresh();
    busy = true;
    gpu.done(() => {
      busy = false;
      adjust(clock() - began, fresh);
      if (moved) {
        redraw();
        return;
      }
      measureSoon();
      idle = setTimeout(() => gpu && refine(), 140);
    });
  }
  // finer or coarser, so that a frame takes as long as it may; building shaders does not count
  function adjust(ms, fresh) {
    const goal = gpu?.slow ? 50 : 15;
    perf = { frames: perf.frames + 1, ms };
    if (!fresh) scale = clamp(scale * clamp(goal / ms, 0.8, 1.2), 0.3, 1);
  }
  // every pane exactly, one after the other
  function refine(p = 0) {
    const mine = ticket;
    if (p > 3) {
      rest();
      return;
    }
    if (scene.panes[p]) gpu.exactly(scene, p, rects[p]);
    gpu.done(() => mine === ticket && !signal.aborted && gpu && refine(p + 1));
  }
  // all panes without WebGL, `side` points across
  function flatten(side, then) {
    const mine = ticket;
    const g = flat.getContext("2d");
    const small = document.createElement("canvas");
    function next(p) {
      if (mine !== ticket || signal.aborted) return;
      if (p > 3) {
        perf.frames++;
        measureSoon();
        then();
        return;
      }
      const [x, y, w, h] = rects[p];
      const top = flat.height - y - h;
      small.width = round((side * w) / min(w, h));
      small.height = round((side * h) / min(w, h));
      g.clearRect(x, top, w, h);
      if (scene.panes[p]) {
        const { rgba } = scan(scene, p, small.width, small.height);
        small.getContext("2d").putImageData(new ImageData(rgba, small.width), 0, 0);
        g.drawImage(small, x, top, w, h);
      }
      setTimeout(next, 0, p + 1);
    }
    next(0);
  }
  function rest() {
    measure(true);
    waiting.splice(0).forEach((tell) => tell());
  }

  // --- numbers: always of the same square, wherever the reader looks

  const counts = (p, side, shown) =>
    gpu && !gpu.gl.isContextLost() ? gpu.counts(shown, p, side, side) : scan(shown, p, side, side);
  function measureSoon() {
    clearTimeout(due);
    due = setTimeout(measure, clamp(220 - clock() + measured, 0, 220));
  }
  function scoresOf(pane, p, set, truth, final) {
    const same = scene.inBox ? "count" : "stays";
    const { net, a } = pane;
    const bent = net && ((x, y) => net.jacobian(x, y).map((v) => v * hypot(...a)));
    return {
      // the field does not change while c is dragged: it is scored at rest
      ...(p && (final ? fieldScores(mapOf(pane), closed(scene.truth), bent) : scores[p])),
      filled: mean(set.stays),
      agreement: agreement(truth[same], set[same]),
      iou: iou(truth.stays, set.stays),
    };
  }
  // a picture of one colour: empty, or the commonest step everywhere
  function scoresOfNothing({ count, stays }) {
    if (!scene.inBox) return { filled: 0, agreement: 1 - mean(stays), iou: 0, late: 0 };
    const often = new Array(256).fill(0);
    for (const step of count) often[step]++;
    const late = indexOfMost(often);
    return { filled: +(late === scene.n), agreement: often[late] / count.length, iou: 0, late };
  }
  let nothing;
  function measure(final) {
    if (signal.aborted || (busy && !final) || rects[0][2] < 9) return;
    clearTimeout(due);
    measured = clock();
    const side = gpu || final ? 128 : 64;
    const shown = { ...scene, view: home() };
    const sets = scene.panes.map((pane, p) => pane && counts(p, side, shown));
    scores = sets.map((set, p) => set && scoresOf(scene.panes[p], p, set, sets[0], final));
    nothing = scoresOfNothing(sets[0]);
    if (pick.rival === "empty") scores[3] = nothing;
    describe();
    if (final) say();
  }
  function describePane(pane, p) {
    if (p === 0) return `${family.title}, ${symbol()} = ${complex(pick.c)}`;
    if (p === 3 && !pane) {
      const { late } = nothing ?? {};
      return scene.inBox ? `step ${late} everywhere` : "an empty picture";
    }
    if (!pane) return "";
    if (p === 2) return formulaText(pane);
    if (pane.coef) return "least squares, degree at most 8";
    if (p === 3) return `${families[0].title}, as a start for ${family.title}`;
    if (usesLive()) return "180 numbers, live from Python";
    const trained = pick.noise ? "noisy data" : `${stepText(pick.step)} steps`;
    return `180 numbers · ${trained} · CR weight ${weights[pick.cr]}`;
  }
  const inside = () => (family.degree ? `inside after ${pick.n_iter} steps` : "never leave");
  function numbersOf(score) {
    const { filled, agreement, iou, r2, cr } = score ?? {};
    const told = (text, part) => [part === undefined ? "–" : text(part), part];
    return {
      [inside()]: told(share, filled),
      "field R²": told(r2Text, r2),
      [family.degree ? "agreement" : "same step"]: told(share, agreement),
      IoU: told(share, family.degree && scores[0].filled ? iou : undefined),
      "CR residual": [cr === undefined ? "–" : residualText(cr)],
    };
  }
  function describe() {
    const texts = scene.panes.map(describePane);
    const numbers = scores.length ? range(4).map((p) => numbersOf(scores[p])) : [];
    const holes = findAll(".hole");
    texts.forEach((text, p) => {
      findAll(".pane p")[p].textContent = text;
      holes[p].textContent = p < 3 && !scene.panes[p] ? "no formula found" : "";
      const rows = Object.entries(numbers[p] ?? {}).slice(p ? 1 : 0, [1, 5, 4, 4][p]);
      findAll(".score")[p].innerHTML = joinMap(rows, ([name, [told, part]]) => {
        const bar =
          part === undefined ? "" : `<progress aria-hidden="true" value="${part}"></progress>`;
        return `<div>${name} <b>${told}</b>${bar}</div>`;
      });
    });
    if (!scores.length) return;
    const colour = colourOf(palette, nothing.filled, nothing.late).map((v) => 255 * v);
    holes[3].style.background = scene.panes[3] ? "" : `rgb(${colour})`;
    const rows = texts.map((text, p) => [
      p < 3 ? TITLES[p] : RIVALS[pick.rival],
      ...Object.values(numbers[p]).map(([told]) => told),
      text,
    ]);
    const names = Object.keys(numbers[0]);
    find("table").innerHTML = tableOf(["Pane", ...names, "Map"], rows);
    find(".lesson").textContent = lesson();
  }
  function lesson() {
    const [{ filled }, spline] = scores;
    const part = share(spline.agreement);
    const rival = share(nothing.agreement);
    const kept = `is ${inside()} under the`;
    const agrees = `agrees with the true one on ${part} of the points`;
    if (!family.degree) {
      return `The spline's picture ${agrees}, one step for all points on ${rival}.`;
    }
    if (!filled) return `No point ${kept} true map: an empty picture is right.`;
    if (!spline.filled) {
      const still = `Its empty picture still ${agrees}, those empty in both`;
      return `No point ${kept} spline. ${still}; its IoU is 0.`;
    }
    const stays = `IoU counts only what stays: ${share(spline.iou)} against 0.`;
    return `The spline's picture ${agrees}, an empty picture on ${rival}. ${stays}`;
  }
  function say() {
    const text = `${family.title} with ${symbol()} = ${complex(pick.c)}. ${lesson()}`;
    pixels.ariaLabel = flat.ariaLabel = text;
    if (said && said !== text) find(".quiet").textContent = text;
    said = text;
  }

  // --- over the panes: the orbit of the probe

  function orbitOf(pane, onPage) {
    const map = mapOf(pane);
    const z = [...probe];
    const points = [onPage(z)];
    const inside = () => sizeOf(z, scene.inBox) <= scene.R;
    for (let i = 0; i < min(48, scene.n) && inside(); i++) points.push(onPage(map(...z, z)));
    return points;
  }
  function drawOrbit(g, points) {
    for (const [width, colour] of [
      [3, "#0008"],
      [1.2, "#fffc"],
    ]) {
      g.beginPath();
      for (const point of points) g.lineTo(...point);
      g.lineWidth = width;
      g.strokeStyle = colour;
      g.stroke();
    }
    g.beginPath();
    g.arc(...points[0], 4, 0, 7);
    g.fill();
    g.stroke();
  }
  function drawOrbits() {
    const g = ink.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, ink.width, ink.height);
    scene.panes.forEach((pane, p) => {
      if (!pane || !probe) return;
      const [x, y, w, h] = boxes[p];
      const unit = min(w, h) / 2 / view.half;
      const onPage = (z) => [
        x + w / 2 + (z[0] - view.x) * unit,
        y + h / 2 - (z[1] - view.y) * unit,
      ];
      g.save();
      g.beginPath();
      g.rect(x, y, w, h);
      g.clip();
      drawOrbit(g, orbitOf(pane, onPage));
      g.restore();
    });
  }
  function setProbe(z) {
    probe = z;
    if (!scene || queued) return;
    drawOrbits();
    describe();
  }

  // --- the parameter plane: does the critical orbit stay? It begins at c for powers, at λ for
  // λ exp, λ sin and λ cos

  let padOf; // what the plane shows: family and palette
  const middle = PAD / 2;
  const plane = () => [family.degree === 2 ? -0.5 : 0, 0, family.degree ? 1.7 : 2];
  function drawPlane() {
    const [x, y, half] = plane();
    const g = find(".pad canvas").getContext("2d");
    const image = g.createImageData(PAD, PAD);
    const adds = family.role === "c";
    for (let i = 0; i < PAD * PAD; i++) {
      const right = (i % PAD) - middle + 0.5;
      const down = floor(i / PAD) - middle + 0.5;
      const c = [x + (right / middle) * half, y - (down / middle) * half];
      const [steps, kept] = escape(closed(familyMap(c)), ...c, 40, adds ? 2.5 : 30, !adds);
      const colour = colourOf(palette, kept, 1.5 * steps).map((q) => 255 * q);
      image.data.set([...colour, 255], 4 * i);
    }
    g.putImageData(image, 0, 0);
  }
  function drawPad() {
    const [x, y, half] = plane();
    const [re, im] = pick.c;
    const dot = find(".pad i").style;
    dot.left = `${clamp(((re - x) / half) * middle + middle, 0, PAD)}px`;
    dot.top = `${clamp(middle - ((im - y) / half) * middle, 0, PAD)}px`;
    pad.ariaValueNow = re;
    pad.ariaValueText = `${symbol()} = ${complex(pick.c)}`;
    if (padOf?.family === family && padOf.palette === palette) return;
    padOf = { family, palette };
    drawPlane();
  }

  // --- the reader

  let saving;
  function save(key, value) {
    set({ [key]: value });
    saving ??= setTimeout(() => {
      saving = null;
      model.save_changes?.();
    }, 120);
  }
  function keyOf(text, ...ids) {
    const colours = ids.map((i) => `rgb(${palette[i].map((v) => 255 * v)})`);
    return `<span><i style="background:linear-gradient(90deg,${colours})"></i>${text}</span>`;
  }
  function showKeys() {
    const square = `±${home().half}`;
    find(".keys").innerHTML =
      keyOf(inside(), 5, 5) +
      keyOf("leaves at once … late", 0, 2, 4) +
      (pick.diff ? keyOf("kept, should leave", 6, 6) + keyOf("lost, should stay", 7, 7) : "") +
      `<span>line: orbit from the pointer</span>
      <span>measured on ${square}, wherever you look</span>`;
  }
  function showConstant() {
    const names = findAll(".bar span");
    ["re", "im"].forEach((key, i) => {
      const box = input(key);
      const typing = document.activeElement === box && box.valueAsNumber === pick.c[i];
      names[i].textContent = `${i ? "Im" : "Re"} ${symbol()}`;
      find(".name").textContent = `Drag ${symbol()}`;
      if (!typing) box.value = +pick.c[i].toFixed(4);
    });
  }
  function showSlider(key, text) {
    input(key).value = pick[key];
    input(key).nextElementSibling.value = text;
  }
  function controls() {
    input("family").value = family.name;
    input("step").max = last;
    input("step").disabled = pick.noise;
    input("step").ariaValueText = `${steps[pick.step]} steps`;
    input("cr").value = pick.cr;
    input("rival").value = pick.rival;
    input("noise").checked = pick.noise;
    input("diff").checked = pick.diff;
    input("live").parentElement.hidden = !live;
    showSlider("step", pick.noise ? "last" : stepText(pick.step));
    showSlider("n_iter", pick.n_iter);
    showConstant();
    showKeys();
    drawPad();
  }
  function change(key, value) {
    pick[key] = value;
    save(key, value);
    controls();
    redraw();
  }
  function setC(...c) {
    const kept = c.map((v) => +clamp(v, -2.5, 2.5).toFixed(4));
    change("c", kept);
  }
  function look(x, y, half) {
    view = { x: clamp(x, -4, 4), y: clamp(y, -4, 4), half: clamp(half, 1e-4, 6) };
    redraw();
  }
  // keeps the point z where it is
  function zoom(factor, [x, y] = [view.x, view.y]) {
    const half = clamp(view.half * factor, 1e-4, 6);
    const part = half / view.half;
    look(x + (view.x - x) * part, y + (view.y - y) * part, half);
  }
  function goHome() {
    forgetView();
    redraw();
  }
  function chooseFamily(name) {
    family = families.find((f) => f.name === name);
    goHome();
    save("family", name);
    setC(...family.constant);
  }
  const press = {
    in: () => zoom(1 / 1.5),
    out: () => zoom(1.5),
    reset() {
      goHome();
      setC(...family.constant);
    },
  };
  families.forEach((f) => input("family").add(new Option(f.title, f.name)));
  weights.forEach((weight, i) => input("cr").add(new Option(weight, i)));
  for (const name in RIVALS) input("rival").add(new Option(RIVALS[name], name));
  listen(input("family"), "change", ({ target }) => chooseFamily(target.value));
  for (const key of ["re", "im"]) {
    listen(input(key), "input", () => {
      const typed = [input("re").valueAsNumber, input("im").valueAsNumber];
      if (typed.every(isFinite)) setC(...typed);
    });
  }
  for (const key of ["step", "cr", "n_iter"]) {
    listen(input(key), "input", ({ target }) => change(key, +target.value));
  }
  for (const key of ["noise", "diff"]) {
    listen(input(key), "change", ({ target }) => change(key, target.checked));
  }
  listen(input("live"), "change", redraw);
  listen(input("rival"), "change", ({ target }) => change("rival", target.value));
  findAll("[data-b]").forEach((button) => listen(button, "click", press[button.dataset.b]));
  listen(pad, "keydown", (event) => {
    const way = arrowOf(event);
    if (!way) return;
    const by = event.shiftKey ? 0.1 : 0.01;
    event.preventDefault();
    setC(pick.c[0] + by * way[0], pick.c[1] + by * way[1]);
  });
  listen(pad, "pointerdown pointermove", (event) => {
    if (!event.buttons) return;
    if (event.type === "pointerdown") pad.setPointerCapture(event.pointerId);
    const box = pad.getBoundingClientRect();
    const [x, y, half] = plane();
    const from = (v) => clamp(v / middle - 1, -1, 1) * half;
    setC(x + from(event.clientX - box.left), y - from(event.clientY - box.top));
  });
  listen(stage, "keydown", (event) => {
    const { key } = event;
    const way = arrowOf(event);
    const by = 0.15 * view.half;
    if (event.ctrlKey || event.metaKey) return;
    if (way) {
      look(view.x + by * way[0], view.y + by * way[1], view.half);
      probe = [view.x, view.y];
    } else if ("+=".includes(key)) zoom(0.8);
    else if (key === "-") zoom(1.25);
    else if (key === "0") goHome();
    else return;
    event.preventDefault();
  });

  // how much of the plane a pixel of the page covers
  const unit = () => (2 * view.half) / min(boxes[0][2], boxes[0][3]);
  // the point of the plane under a pointer; undefined outside the panes
  function under({ clientX, clientY }) {
    const { left, top } = stage.getBoundingClientRect();
    const [u, v] = [clientX - left, clientY - top];
    const box = boxes?.find(([x, y, w, h]) => u >= x && u < x + w && v >= y && v < y + h);
    if (!box) return undefined;
    const [x, y, w, h] = box;
    return [view.x + (u - x - w / 2) * unit(), view.y - (v - y - h / 2) * unit()];
  }
  const fingers = new Map();
  listen(stage, "pointerdown", (event) => {
    const z = under(event);
    if (!z || event.button) return;
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    setProbe(z);
  });
  // one finger moves the view, two also enlarge it
  function drag(event, was) {
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    const by = unit() / fingers.size;
    const x = view.x - (event.clientX - was.clientX) * by;
    const y = view.y + (event.clientY - was.clientY) * by;
    fingers.set(event.pointerId, event);
    look(x, y, view.half);
    if (!other) return;
    const span = (e) => hypot(e.clientX - other.clientX, e.clientY - other.clientY) || 1;
    const between = {
      clientX: (event.clientX + other.clientX) / 2,
      clientY: (event.clientY + other.clientY) / 2,
    };
    zoom(span(was) / span(event), under(between));
  }
  listen(stage, "pointermove", (event) => {
    const was = fingers.get(event.pointerId);
    if (was) {
      drag(event, was);
      return;
    }
    const z = under(event);
    if (z) setProbe(z);
  });
  listen(stage, "pointerup pointercancel", (event) => fingers.delete(event.pointerId));
  // the wheel zooms once the panes were clicked: else the page scrolls on
  function wheel(event) {
    const z = under(event);
    if (!z || !(stage.matches(":focus") || event.ctrlKey)) return;
    event.preventDefault();
    zoom(exp(clamp(event.deltaY, -300, 300) / 600), z);
  }
  listen(stage, "wheel", wheel, { passive: false });

  // --- surroundings: light or dark, lost contexts, changes made in Python

  const set = followModel(model, place, [...KEYS, ...LIVE_KEYS], (key) => {
    if (KEYS.includes(key)) forgetView();
    read();
    controls();
    redraw();
  });
  listen(pixels, "webglcontextlost", (event) => {
    event.preventDefault();
    without();
  });
  listen(pixels, "webglcontextrestored", start);
  read();
  const updateTheme = followTheme(place, (dark) => {
    const was = palette;
    palette = dark ? DARK : LIGHT;
    if (was === palette) return;
    controls();
    redraw();
  });
  start();
  followSize(place, stage, () => {
    updateTheme();
    redraw();
  });

  root.figure = {
    pick,
    get now() {
      return { perf, view, scores, gpu };
    },
    settled: () =>
      new Promise((ok) => {
        waiting.push(ok);
        redraw();
      }),
    // {count, stays} of pane p on n × n points of the square of half-width `half`
    counts(p, n, half) {
      build();
      return counts(p, n, { ...scene, view: { x: 0, y: 0, half } });
    },
    destroy() {
      [idle, due, saving].forEach(clearTimeout);
      place.leave();
      gpu?.gl.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
  return root.figure;
}

export default figureFrom(mount);

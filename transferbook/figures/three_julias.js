// Three maps of the plane iterated side by side: the true one, the trained spline network itself, the formula read off it.
// First the arithmetic, exported and compared with torch; then shaders, a fallback without them, and the figure.

export const KINDS = ["square", "cube", "fourth", "exp", "sin", "cos"];

// --- arrays of the state: {dtype, shape, b64}, a list, or bare base64 of float32
const TYPES = {float32: Float32Array, float64: Float64Array, int16: Int16Array};
export function decode(a) {
	if (a == null || Array.isArray(a)) return a && Float64Array.from(a.flat(9));
	return new TYPES[a.dtype ?? "float32"](Uint8Array.from(atob(a.b64 ?? a), ch => ch.charCodeAt(0)).buffer);
}
// int16 times one scale for each vector of 180
export const dequantise = (ints, scales, i, n = 180) => Float64Array.from(ints.subarray(i * n, i * n + n), q => q * scales[i]);

// --- the network [2, 5, 2]; vector: layer 1 coef [2,5,8], w_base [2,5]; layer 2 coef [5,2,8], w_base [5,2]
export function kan(vector, ranges = [[-1.5, 1.5], [-3, 3]]) {
	const G = 5, m = G + 3, P = m + 6, coef = new Float64Array(20 * P), base = new Float64Array(20);
	for (let e = 0; e < 20; e++) {
		const layer = e < 10 ? 0 : 1, at = layer * (10 * m + 10), k = e % 10;
		base[e] = vector[at + 10 * m + k];
		for (let g = 0; g < m; g++) coef[e * P + 3 + g] = vector[at + k * m + g];   // three zeros either side: no spline outside the extended grid
	}
	const lo = ranges.map(r => r[0]), step = ranges.map(r => (r[1] - r[0]) / G);
	const b = [0, 0, 0, 0], d = [0, 0, 0, 0], h = new Float64Array(5), dh = new Float64Array(10);
	let k = -1, s = 0, ds = 0;
	// SiLU and the four cubic B-splines that are not zero at x, with derivatives
	function at(x, layer) {
		const sig = 1 / (1 + Math.exp(-x)), u = (x - lo[layer]) / step[layer] + 3;
		s = x * sig; ds = sig * (1 + x * (1 - sig)); k = u >= 0 && u < G + 6 ? Math.floor(u) : -1;
		const t = u - k, r = 1 - t, q = t * t, i = 0.5 / step[layer];
		b[0] = r * r * r / 6; b[1] = (3 * q * t - 6 * q + 4) / 6; b[2] = (3 * (t + q - q * t) + 1) / 6; b[3] = q * t / 6;
		d[0] = -r * r * i; d[1] = (3 * q - 4 * t) * i; d[2] = (1 + 2 * t - 3 * q) * i; d[3] = q * i;
	}
	function edge(w, silu, e) {
		if (k < 0) return silu * base[e];
		const o = e * P + k;
		return silu * base[e] + w[0] * coef[o] + w[1] * coef[o + 1] + w[2] * coef[o + 2] + w[3] * coef[o + 3];
	}
	function run(x, y, out, J) {
		for (let i = 0; i < 2; i++) {
			at(i ? y : x, 0);
			for (let j = 0; j < 5; j++) {h[j] = (i && h[j]) + edge(b, s, 5 * i + j); if (J) dh[5 * i + j] = edge(d, ds, 5 * i + j)}
		}
		out[0] = out[1] = 0;
		for (let j = 0; j < 5; j++) {
			at(h[j], 1);
			for (let o = 0; o < 2; o++) {
				out[o] += edge(b, s, 10 + 2 * j + o);
				if (J) for (let i = 0, w = edge(d, ds, 10 + 2 * j + o); i < 2; i++) J[2 * o + i] += w * dh[5 * i + j];
			}
		}
		return out;
	}
	return {
		map: (x, y, out) => run(x, y, out), jacobian: (x, y) => {const J = [0, 0, 0, 0]; run(x, y, [0, 0], J); return J},
		// row: edge, column: interval, texel: its four coefficients
		windows: () => Float32Array.from({length: 80 * (G + 6)}, (_, i) => coef[Math.floor(i / 4 / (G + 6)) * P + Math.floor(i / 4) % (G + 6) + i % 4]), base, lo, step,
	};
}
const network = p => kan(decode(p.vector), p.ranges);
// at z = [x, y]: value and Jacobian [u_x, u_y, v_x, v_y]; params: {vector, ranges}
export const step = (z, params) => network(params).map(z[0], z[1], [0, 0]);
export const jacobian = (z, params) => network(params).jacobian(z[0], z[1]);
// Cauchy–Riemann residual of a Jacobian
export const cr = J => (J[0] - J[3]) ** 2 + (J[1] + J[2]) ** 2;

// --- closed forms a·g(bz) + c
const mul = (a, b) => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
const div = (a, b) => mul(a, [b[0] / (b[0] ** 2 + b[1] ** 2), -b[1] / (b[0] ** 2 + b[1] ** 2)]);
const put = (o, x, y) => {o[0] = x; o[1] = y}, {sin, cos, sinh, cosh, exp, hypot, min, max, abs, round, floor} = Math;
const G_OF = [(x, y, o) => put(o, x * x - y * y, 2 * x * y), (x, y, o) => {const p = x * x - y * y, q = 2 * x * y; put(o, p * x - q * y, p * y + q * x)},
	(x, y, o) => {const p = x * x - y * y, q = 2 * x * y; put(o, p * p - q * q, 2 * p * q)}, (x, y, o) => put(o, exp(x) * cos(y), exp(x) * sin(y)),
	(x, y, o) => put(o, sin(x) * cosh(y), cos(x) * sinh(y)), (x, y, o) => put(o, cos(x) * cosh(y), -sin(x) * sinh(y))];
const affine = (g, a, c) => (x, y, o) => {g(x, y, o); put(o, o[0] * a[0] - o[1] * a[1] + c[0], o[0] * a[1] + o[1] * a[0] + c[1]); return o};
export const closed = ({kind, a, b, c}) => affine((x, y, o) => G_OF[kind](x * b[0] - y * b[1], x * b[1] + y * b[0], o), a, c);

// --- iterating, and comparing pictures
const size = (z, square) => square ? max(abs(z[0]), abs(z[1])) : hypot(z[0], z[1]);
// [first step outside, stayed, the step smoothed, closest approach to 0]; inside: |x|, |y| <= R if square, else |z| <= R
export function escape(map, x, y, n, R, square) {
	const z = [x, y], ref = [x, y];
	let was = 0, trap = 1e9, next = 8;
	for (let i = 0; ; i++) {
		const r = size(z, square);
		if (!(r <= R)) return [i, false, i && i - 1 + min(1, (R - was) / (r - was) || 0), trap];
		if (i === n) return [n, true, n, trap];
		was = r; map(z[0], z[1], z); trap = min(trap, z[0] * z[0] + z[1] * z[1]);
		if ((z[0] - ref[0]) ** 2 + (z[1] - ref[1]) ** 2 < 1e-13) return [n, true, n, trap];   // a cycle
		if (i === next) {put(ref, z[0], z[1]); next *= 2}
	}
}
export const agreement = (a, b) => a.reduce((s, v, i) => s + (v === b[i]), 0) / a.length;
export function iou(a, b) {let n = 0, u = 0; a.forEach((v, i) => {n += v & b[i]; u += v | b[i]}); return u ? n / u : 1}

// --- colour: blue outside (0-4), amber inside (5-7), differences (8, 9)
const hex = s => s.split(" ").map(h => [0, 2, 4].map(i => parseInt(h.slice(i, i + 2), 16) / 255));
const LIGHT = hex("f4f1e9 cfe3ee 7db8dc 2176ae 0a2d55 fbd77c e69f00 7a3e00 d6204e 7b2fbe");
const DARK = hex("0d1420 12304f 1b659c 56b4e9 eaf7ff 3a1c00 b86a00 ffd27a ff5a7a c58bff");
const ramp = (t, p, off, n) => {t = min(max(t, 0), 1) * (n - 1); const i = min(floor(t), n - 2); return p[off + i].map((v, k) => v + (p[off + i + 1][k] - v) * (t - i))};
const colour = (p, kept, v, trap) => kept ? ramp(trap ** 0.25, p, 5, 3) : ramp(1 - exp(-v / 9), p, 0, 5);

// --- shaders
const GLSL_G = ["sq(z)", "mul(sq(z), z)", "sq(sq(z))", "exp(z.x)*vec2(cos(z.y),sin(z.y))", "vec2(sin(z.x)*cosh(z.y),cos(z.x)*sinh(z.y))", "vec2(cos(z.x)*cosh(z.y),-sin(z.x)*sinh(z.y))"];
const HEAD = `#version 300 es
precision highp float;precision highp int;precision highp sampler2D;
uniform vec2 a,b,c,ta,tc,centre,mid;uniform float px,R;uniform int n,mode;uniform vec3 pal[10];
out vec4 o;
vec2 mul(vec2 p,vec2 q){return vec2(p.x*q.x-p.y*q.y,p.x*q.y+p.y*q.x);}
vec2 sq(vec2 z){return vec2(z.x*z.x-z.y*z.y,2.*z.x*z.y);}
`;
// clamping is exact: at the ends of the extended grid every spline is zero
const SPLINE = `
uniform sampler2D coef;uniform vec2 w1[5],w2[5],lo,ih;
vec4 cubic(float t){float r=1.-t,q=t*t;return vec4(r*r*r,3.*q*t-6.*q+4.,3.*(t+q-q*t)+1.,q*t)/6.;}
vec2 silu(vec2 x){return x/(1.+exp(-max(x,-80.)));}
vec2 kan(vec2 z){
	vec2 u=clamp((z-lo.x)*ih.x+3.,0.,10.99999),s=silu(z),r=vec2(0);ivec2 k=ivec2(u);
	vec4 bx=cubic(u.x-float(k.x)),by=cubic(u.y-float(k.y));
	for (int j=0;j<5;j++){
		float h=dot(s,w1[j])+dot(bx,texelFetch(coef,ivec2(k.x,j),0))+dot(by,texelFetch(coef,ivec2(k.y,5+j),0));
		float v=clamp((h-lo.y)*ih.y+3.,0.,10.99999);int m=int(v);vec4 bh=cubic(v-float(m));
		r+=silu(vec2(h))*w2[j]+vec2(dot(bh,texelFetch(coef,ivec2(m,10+2*j),0)),dot(bh,texelFetch(coef,ivec2(m,11+2*j),0)));
	}
	return r;
}
`;
const JULIA = (f, square, truth) => `
vec2 f(vec2 z){${f} }
float size(vec2 z){return ${square ? "max(abs(z.x), abs(z.y))" : "length(z)"};}
vec2 g(vec2 z){return mul(ta, ${GLSL_G[truth]})+tc;}
vec3 ramp(float t,int off,int m){t=clamp(t,0.,1.)*float(m-1);int i=min(int(t),m-2);return mix(pal[off+i],pal[off+i+1],t-float(i));}
void main(){
	vec2 z0=centre+(gl_FragCoord.xy-mid)*px,z=z0,ref=z0;float trap=1e9,was=0.,r=0.;int i=0,next=8;bool stays=true;
	for (;i<=n;i++){
		r=size(z);if (!(r<=R)){stays=false;break;} if (i==n) break;
		was=r;z=f(z);trap=min(trap,dot(z,z));
		vec2 d=z-ref;if (dot(d,d)<1e-13){i=n;break;}
		if (i==next){ref=z;next *=2;}
	}
	if (mode==1){o=vec4(float(i)/255.,stays?1.:0.,0,1);return;}
	float v=i>0?float(i)-1.+clamp((R-was)/(r-was),0.,1.):0.;
	vec3 col=stays?ramp(sqrt(sqrt(trap)),5,3):ramp(1.-exp(-v/9.),0,5);
	if (mode==2){
		bool kept=true;z=z0;
		for (int j=0;j<=n;j++){if (!(size(z)<=R)){kept=false;break;} z=g(z);}
		col=kept==stays?mix(col,vec3(dot(col,vec3(.3,.6,.1))),.85):pal[stays?8:9];
	}
	o=vec4(col,1);
}`;
const BAKE = "void main(){o=vec4(kan(centre+(gl_FragCoord.xy-mid)*px),0,1);}", TABLE = 512, ROOM = 1024;   // side of the table of the field that slow machines read while something moves
const VERTEX = "#version 300 es\nvoid main(){gl_Position=vec4(vec2(gl_VertexID&1,gl_VertexID>>1)*4.-1.,0,1);}";

function painter(canvas) {
	const gl = canvas.getContext("webgl2", {antialias: false, depth: false, preserveDrawingBuffer: true});
	if (!gl) return null;
	const info = gl.getExtension("WEBGL_debug_renderer_info"), renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
	const canBake = !!(gl.getExtension("EXT_color_buffer_float") && gl.getExtension("OES_texture_float_linear")), programs = new Map();
	const T = gl.TEXTURE_2D, into = target => gl.bindFramebuffer(gl.FRAMEBUFFER, target);
	let net, coef, field, bakedFor, frame;
	// puts a fragment shader in use; returns a setter of its uniforms
	function program(text) {
		let p = programs.get(text);
		if (!p) {
			const id = gl.createProgram();
			[VERTEX, text].forEach((source, i) => {const s = gl.createShader(i ? gl.FRAGMENT_SHADER : gl.VERTEX_SHADER); gl.shaderSource(s, source); gl.compileShader(s); gl.attachShader(id, s)});
			gl.linkProgram(id);
			if (!gl.getProgramParameter(id, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error("shader: " + gl.getProgramInfoLog(id));
			p = {id, at: {}}; programs.set(text, p); api.fresh = true;
		}
		gl.useProgram(p.id);
		return (kind, values) => {for (const k in values) gl["uniform" + kind](p.at[k] ??= gl.getUniformLocation(p.id, k), values[k])};
	}
	function texture(unit, internal, w, h, format, data, filter) {
		const t = gl.createTexture();
		gl.activeTexture(gl.TEXTURE0 + unit); gl.bindTexture(T, t); gl.texImage2D(T, 0, internal, w, h, 0, format, gl.FLOAT, data);
		for (const k of ["MIN_FILTER", "MAG_FILTER"]) gl.texParameteri(T, gl["TEXTURE_" + k], filter);
		return t;
	}
	function weights(set) {
		set("1i", {coef: 0}); set("2fv", {w1: [0, 1, 2, 3, 4].flatMap(j => [net.base[j], net.base[5 + j]]), w2: net.base.subarray(10), lo: net.lo, ih: net.step.map(h => 1 / h)});
	}
	function bake(R) {
		if (bakedFor === R) return;
		if (field) gl.deleteTexture(field[0]), gl.deleteFramebuffer(field[1]);
		field = [texture(1, gl.RG32F, TABLE, TABLE, gl.RG, null, gl.LINEAR), gl.createFramebuffer()];
		gl.bindTexture(T, null);
		into(field[1]); gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, T, field[0], 0); gl.viewport(0, 0, TABLE, TABLE);
		const set = program(HEAD + SPLINE + BAKE);
		weights(set); set("2fv", {centre: [0, 0], mid: [TABLE / 2, TABLE / 2]}); set("1f", {px: 2 * R / TABLE});
		gl.drawArrays(gl.TRIANGLES, 0, 3);
		gl.bindTexture(T, field[0]); bakedFor = R;
	}
	// pane p of a scene into a rectangle (from below left) of a target; mode 1: numbers, not colours
	function draw(scene, p, [x, y, w, h], target, {quick, mode = 0, jitter = [0, 0], rows = [0, h]} = {}) {
		const pane = scene.panes[p], own = pane.net, baked = own && quick && canBake;
		if (own && own !== net) {net = own; bakedFor = null; gl.deleteTexture(coef); coef = texture(0, gl.RGBA32F, 11, 20, gl.RGBA, net.windows(), gl.NEAREST)}
		if (baked) bake(scene.R);
		const [more, f] = baked ? ["uniform sampler2D field;", "textureLod(field, z/R*.5+.5, 0.).xy"] : own ? [SPLINE, "kan(z)"] : ["", ""];
		const set = program(HEAD + more + JULIA(own ? `return mul(a, ${f})+c;` : `z = mul(b, z); return mul(a, ${GLSL_G[pane.kind]})+c;`, scene.square, scene.truth.kind));
		if (baked) set("1i", {field: 1}); else if (own) weights(set);
		into(target); gl.viewport(x, y, w, h); gl.enable(gl.SCISSOR_TEST); gl.scissor(x, y + rows[0], w, rows[1] - rows[0]);
		const {a, b, c} = pane, {view, truth} = scene;
		set("2fv", {a, b, c, ta: truth.a, tc: truth.c, centre: [view.x, view.y], mid: [x + w / 2 + jitter[0], y + h / 2 + jitter[1]]});
		set("1f", {px: 2 * view.half / min(w, h), R: scene.R}); set("1i", {n: scene.n, mode: mode || (scene.diff && p ? 2 : 0)}); set("3fv", {pal: scene.palette.flat()});
		gl.drawArrays(gl.TRIANGLES, 0, 3); gl.disable(gl.SCISSOR_TEST);
	}
	function scratch() {
		if (!frame) {
			frame = gl.createFramebuffer();
			gl.bindRenderbuffer(gl.RENDERBUFFER, gl.createRenderbuffer()); gl.renderbufferStorage(gl.RENDERBUFFER, gl.RGBA8, ROOM, ROOM);
			into(frame); gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, gl.getParameter(gl.RENDERBUFFER_BINDING));
		}
		return frame;
	}
	const api = {
		gl, renderer, canBake, fresh: false, slow: /swiftshader|llvmpipe|software/i.test(renderer),
		// all panes, at a fraction of the resolution
		frame(scene, rects, scale, quick) {
			into(null); gl.clear(gl.COLOR_BUFFER_BIT);
			scene.panes.forEach((pane, p) => {
				if (!pane) return;
				const [x, y, w, h] = rects[p], sw = min(ROOM, round(w * scale)), sh = min(ROOM, round(h * scale));
				draw(scene, p, [0, 0, sw, sh], scratch(), {quick});
				gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
				gl.blitFramebuffer(0, 0, sw, sh, x, y, x + w, y + h, gl.COLOR_BUFFER_BIT, gl.LINEAR);
			});
		},
		// rows of a pane, exactly; later passes look elsewhere in the pixel and are averaged in
		strip(scene, p, rect, rows, pass) {
			if (pass) {gl.enable(gl.BLEND); gl.blendColor(0, 0, 0, 1 / (pass + 1)); gl.blendFunc(gl.CONSTANT_ALPHA, gl.ONE_MINUS_CONSTANT_ALPHA)}
			draw(scene, p, rect, null, {rows, jitter: [[0, 0], [0.25, 0.5], [-0.5, 0.25], [0.5, -0.25]][pass]}); gl.disable(gl.BLEND);
		},
		// {count, stays} of a pane, top row first
		counts(scene, p, w, h, quick) {
			draw(scene, p, [0, 0, w, h], scratch(), {quick, mode: 1});
			const raw = new Uint8Array(4 * w * h), byte = k => Uint8Array.from({length: w * h}, (_, i) => raw[4 * ((h - 1 - floor(i / w)) * w + i % w) + k]);
			gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, raw);
			return {count: byte(0), stays: byte(1).map(v => v >> 7)};
		},
		// calls back when all is drawn
		done(then) {
			const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
			gl.flush();
			const check = () => {
				if (gl.isContextLost()) return;
				if (gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) return setTimeout(check, 2);
				gl.deleteSync(fence); then();
			};
			setTimeout(check);
		},
	};
	return api;
}

// --- without WebGL2: the same pictures in plain arithmetic
const mapOf = pane => pane.net ? affine(pane.net.map, pane.a, pane.c) : closed(pane);
function scan(scene, p, w, h) {
	const {view, palette, n, R, square} = scene, map = mapOf(scene.panes[p]), truth = closed(scene.truth), s = 2 * view.half / min(w, h);
	const count = new Uint8Array(w * h), stays = new Uint8Array(w * h), rgba = new Uint8ClampedArray(4 * w * h).fill(255);
	for (let i = 0; i < w * h; i++) {
		const x = view.x + (i % w - (w - 1) / 2) * s, y = view.y - (floor(i / w) - (h - 1) / 2) * s, [m, kept, v, trap] = escape(map, x, y, n, R, square);
		let col = colour(palette, kept, v, trap);
		if (scene.diff && p) col = escape(truth, x, y, n, R, square)[1] !== kept ? palette[kept ? 8 : 9] : col.map(q => 0.15 * q + 0.3 * col[0] + 0.55 * col[1]);
		count[i] = m; stays[i] = +kept; col.forEach((q, k) => {rgba[4 * i + k] = 255 * q});
	}
	return {count, stays, rgba};
}

// --- words
const num = (v, d = 2) => (v < 0 && +v.toFixed(d) ? "−" : "") + abs(v).toFixed(d), share = v => `${(100 * v).toFixed(1)} %`;
const cplx = ([x, y], d = 2) => num(x, d) + (+abs(y).toFixed(d) ? ` ${y < 0 ? "−" : "+"} ${abs(y).toFixed(d)}i` : "");
const tiny = v => v === 0 ? "0" : v >= 0.01 && v < 1000 ? v.toPrecision(2) : v.toExponential(1).replace("-", "−");
function words({kind, a, b, c}) {
	const factor = w => +abs(w[1]).toFixed(3) ? `(${cplx(w, 3)})` : num(w[0], 3), power = kind < 3;
	const k = power ? Array(kind + 2).fill(b).reduce(mul, a) : a, one = hypot(b[0] - 1, b[1]) < 5e-4, lead = c[0] < 0 ? " − " : " + ";
	return `${factor(k)} ${["z²", "z³", "z⁴", "exp", "sin", "cos"][kind]}${power ? "" : one ? " z" : `(${factor(b)} z)`}${hypot(...c) < 5e-4 ? "" : lead + cplx([abs(c[0]), c[1]], 3)}`;
}

const CSS = `.tj{container-type:inline-size;font:13px/1.45 system-ui,sans-serif;font-variant-numeric:tabular-nums;color:var(--fg);--fg:#1c2128;--soft:#57606a;--panel:#f6f8fa;--hot:#005a9c;text-align:left}
.tj[data-dark]{--fg:#e6edf3;--soft:#a9b4c0;--panel:#161c24;--hot:#7cc4f5;color-scheme:dark}
.tj *{box-sizing:border-box}.tj [hidden]{display:none!important}
.tj .stage{position:relative;touch-action:pan-y;user-select:none}
.tj .stage>canvas{position:absolute;inset:0;width:100%;height:100%;pointer-events:none}
.tj .panes{position:relative;display:grid;grid-template-columns:repeat(3,1fr);gap:16px 12px}
.tj .pane{display:grid;grid:subgrid/1fr;grid-row:span 4;row-gap:0}.tj .pane>b{font-size:15px}
.tj p{margin:0 0 5px;color:var(--soft)}
.tj .hole{aspect-ratio:1;display:grid;place-items:center;cursor:crosshair}
.tj :is(.score,.keys){display:flex;gap:2px 14px;flex-wrap:wrap;padding:5px 0 0;color:var(--soft)}
.tj .score b{color:var(--fg);white-space:nowrap}
.tj .controls{display:flex;flex-wrap:wrap;gap:12px 24px;padding:12px 14px;margin-top:12px;background:var(--panel);border:1px solid #8885;border-radius:6px}
.tj fieldset{border:0;margin:0;padding:0;flex:1 1 230px;min-width:0}.tj legend{all:unset;font-weight:650}
.tj :is(label,.bar){display:flex;gap:8px;align-items:center;min-height:31px;margin:0;color:var(--fg)}
.tj label>:is(input,select):not([type=checkbox]){flex:1 1 4em}.tj [type=number]{width:6em}.tj label{white-space:nowrap}
.tj output{min-width:2.8em;text-align:right}
.tj :is(input,select,button){font:inherit;color:var(--fg);margin:0;min-width:0;accent-color:var(--hot)}
.tj :is(select,[type=number],button){background:var(--panel);border:1px solid var(--soft);border-radius:4px;padding:2px 7px;min-height:26px}
.tj .pad{position:relative;width:132px;height:132px;touch-action:none}
.tj .pad i{position:absolute;width:15px;height:15px;margin:-8px 0 0 -8px;border-radius:50%;background:#e69f00;border:2px solid #fff;box-shadow:0 0 0 1.5px #000}
.tj .keys i{display:inline-block;width:22px;height:11px;border-radius:2px;margin-right:5px}
.tj details{margin-top:6px;overflow-x:auto}
.tj table{border-collapse:collapse;margin:6px 0;color:var(--fg);font-size:13px}.tj :is(th,td){padding:3px 14px 3px 0;border-bottom:1px solid #8885;text-align:left;white-space:nowrap}
.tj .quiet{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@container (max-width:620px){.tj .panes{grid-template-columns:1fr}.tj .hole{aspect-ratio:3/2}}
`;
const TITLES = ["True map", "Trained spline", "Recovered formula"], STEP = `type="number" step="0.01"`;
const HTML = `<style>${CSS}</style><div class="stage" tabindex="0" role="group" aria-label="Three panes, one camera: arrow keys pan, plus and minus zoom, 0 resets">
<canvas role="img" aria-label=Drawing></canvas><canvas role="img" aria-label=Drawing hidden></canvas><canvas aria-hidden="true"></canvas>
<div class="panes">${TITLES.map(t => `<div class="pane"><b>${t}</b><p></p><div class="hole"></div><div class="score"></div></div>`).join("")}</div></div>
<div class="controls"><div class="pad" tabindex="0" role="slider" aria-label="Parameter plane: arrow keys move the point" aria-valuemin="-2.5" aria-valuemax="2.5"><canvas width="132" height="132"></canvas><i></i></div>
<fieldset><legend>Map</legend><label>Family <select data-k="family"></select></label>
<div class="bar"><label><span></span><input ${STEP} data-k="re"></label><label><span></span><input ${STEP} data-k="im"></label></div></fieldset>
<fieldset><legend>What was learned</legend><label>Training step <input type="range" min="0" data-k="step"><output></output></label>
<label>Cauchy–Riemann weight <select data-k="cr"></select></label><label><input type="checkbox" data-k="noise"> Trained on 10 % noise</label>
<label hidden><input type="checkbox" data-k="live" checked> Live model from Python</label></fieldset>
<fieldset><legend>Picture</legend><label>Iterations <input type="range" min="10" max="200" data-k="n_iter"><output></output></label>
<label><input type="checkbox" data-k="diff"> Difference from the truth</label>
<div class="bar">Zoom <button data-b="in" aria-label="Zoom in">+</button><button data-b="out" aria-label="Zoom out">−</button><button data-b="reset">Reset</button><output></output></div></fieldset>
</div><div class="keys"></div><details><summary>Numbers behind the picture</summary><table></table></details><div class="quiet" role="status"></div>`;

// --- the figure
const clamp = (v, lo, hi) => min(max(v, lo), hi), now = () => performance.now(), PAD = 132;
export function mount(model, el) {
	const get = (k, other) => model.get(k) ?? other, root = document.createElement("div");
	root.className = "tj"; root.innerHTML = HTML; el.append(root);
	const $ = q => root.querySelector(q), all = q => [...root.querySelectorAll(q)], key = k => $(`[data-k=${k}]`);
	const stage = $(".stage"), pad = $(".pad"), [pixels, flat, over] = all(".stage>canvas"), abort = new AbortController(), gone = () => abort.signal.aborted;
	const on = (target, names, fn, more) => names.split(" ").forEach(name => target.addEventListener(name, fn, {signal: abort.signal, ...more}));

	// the data, and what the reader has chosen
	const families = get("families"), steps = get("steps"), crs = get("weights"), S = steps.length;
	const ints = decode(get("vectors")), scales = decode(get("scales")), formulas = decode(get("formulas"));
	const pick = {c: [0, 0], step: S - 1, cr: min(1, crs.length - 1), noise: false, n_iter: 60, diff: false};
	let fam, live, view, probe = null, scene, palette, net, netFor;
	const symbol = () => fam.role === "c" ? "c" : "λ", home = () => ({x: 0, y: 0, half: fam.degree ? 1.6 : fam.box}), where = () => probe ?? [view.x, view.y];
	const index = () => (families.indexOf(fam) * crs.length + pick.cr) * (S + 1) + (pick.noise ? S : pick.step);   // last of each row: noisy data
	function read() {
		const was = fam, name = get("family"), c = get("c"), whole = (k, lo, hi) => {pick[k] = clamp(round(get(k, pick[k])), lo, hi)};
		fam = families.find(f => f.name === name) ?? families[0];
		pick.c = (c?.length === 2 ? c : fam.constant).map(Number);
		whole("step", 0, S - 1); whole("cr", 0, crs.length - 1); whole("n_iter", 10, 200);
		pick.noise = !!get("noise"); pick.diff = !!get("diff");
		live = decode(get("live_vector")); if (live?.length !== 180) live = null;
		if (was !== fam) {view = home(); probe = null}
	}
	const useLive = () => live && key("live").checked && get("live_family", fam.name) === fam.name;
	function build() {
		const isC = fam.role === "c", {c} = pick, c0 = fam.constant, kind = KINDS.indexOf(fam.name), isLive = useLive(), id = isLive ? live : index();
		if (id !== netFor) {netFor = id; net = kan(isLive ? live : dequantise(ints, scales, id), (isLive && get("live_ranges")) || fam.ranges)}
		// from the constant of training to this one: c is added, λ multiplies
		const scale = isC ? [1, 0] : div(c, c0), shift = isC ? [c[0] - c0[0], c[1] - c0[1]] : [0, 0], b = [1, 0];
		const [k, a0, a1, b0, b1, d0, d1] = (isLive ? decode(get("live_formula")) : formulas?.subarray(7 * id, 7 * id + 7)) ?? [-1], d = mul(scale, [d0, d1]);
		const truth = {kind, a: isC ? b : c, b, c: isC ? c : [0, 0]};
		scene = {view, n: pick.n_iter, diff: pick.diff, palette, truth, square: !fam.degree, R: fam.degree ? max(hypot(...c), 2 ** (1 / (fam.degree - 1))) : fam.box,
			panes: [truth, {net, a: scale, b, c: shift}, KINDS[k] ? {kind: k, a: mul(scale, [a0, a1]), b: [b0, b1], c: [d[0] + shift[0], d[1] + shift[1]]} : null]};
	}

	// --- drawing: on demand, one frame in flight, coarse on slow machines while something moves, exact at rest
	let gpu, boxes, rects, ratio, scale = 1, quick = false, slow = 0, queued = false, busy = false, moved = false, idle, due, ticket = 0, measured = 0, scores = [], said, waiting = [];
	let perf = {frames: 0};
	function start() {
		gpu = get("force2d") ? null : painter(pixels);
		if (gpu?.slow) {quick = gpu.canBake; scale = 0.6}
		pixels.hidden = !gpu; flat.hidden = !!gpu; busy = false; redraw();
	}
	function without() {gpu = null; busy = false; pixels.hidden = true; flat.hidden = false; redraw()}
	function layout() {
		const s = stage.getBoundingClientRect();
		ratio = min(2, devicePixelRatio || 1);
		const W = max(1, round(s.width * ratio)), H = max(1, round(s.height * ratio));
		for (const cv of [pixels, flat, over]) if (cv.width !== W || cv.height !== H) {cv.width = W; cv.height = H}
		boxes = all(".hole").map(hole => {const r = hole.getBoundingClientRect(); return [r.left - s.left, r.top - s.top, r.width, r.height]});
		rects = boxes.map(r => {const [x, y, w, h] = r.map(v => round(v * ratio)); return [x, H - y - h, w, h]});
		return rects[0][2] > 8;
	}
	function redraw() {moved = true; ticket++; clearTimeout(idle); if (!queued && !busy) {queued = true; requestAnimationFrame(paint)}}
	function paint() {
		queued = moved = false;
		if (gone() || !layout()) return;
		build(); overlay(); describe();
		if (!gpu) return flatten(64, () => {idle = setTimeout(flatten, 90, 180, rest)});
		const t = now(), goal = quick ? 50 : 15;
		try {gpu.frame(scene, rects, scale, quick)} catch (e) {console.warn(e.message); return without()}
		const fresh = gpu.fresh; gpu.fresh = false; busy = true;
		gpu.done(() => {
			const ms = now() - t;
			busy = false; perf = {frames: perf.frames + 1, ms, scale, quick};
			slow = fresh ? 0 : ms > 1.3 * goal ? slow + 1 : 0;
			if (slow > 1 || (!fresh && ms < 0.6 * goal)) scale = clamp(scale * Math.sqrt(goal / ms), 0.3, 1);
			if (slow > 1 && scale < 0.5) quick = gpu.canBake;
			if (moved) return redraw();
			soon(); idle = setTimeout(refine, 140);
		});
	}
	function refine() {
		const mine = ticket;
		let pass = 0, p = 0, row = 0, rows = quick ? 24 : 1e4, spent = 0;
		const next = () => {
			if (mine !== ticket || gone() || !gpu) return;
			while (p < 3 && !scene.panes[p]) p++;
			if (p > 2) {p = 0; if (++pass > 3 || spent > 900) return rest()}
			const t = now(), h = rects[p][3], to = min(h, row + rows);
			gpu.strip(scene, p, rects[p], [row, to], pass);
			gpu.done(() => {
				const ms = now() - t + 1; spent += ms;
				rows = clamp(round((to - row) * 60 / ms), 8, 1e4); row = to;
				if (row >= h) {row = 0; p++}
				next();
			});
		};
		next();
	}
	function flatten(side, then) {
		const mine = ticket, g = flat.getContext("2d"), small = document.createElement("canvas");
		const next = p => {
			if (mine !== ticket || gone()) return;
			if (p > 2) {perf.frames++; soon(); return then()}
			const [x, y, w, h] = rects[p], top = flat.height - y - h;
			small.width = round(side * w / min(w, h)); small.height = round(side * h / min(w, h));
			g.clearRect(x, top, w, h);
			if (scene.panes[p]) {
				small.getContext("2d").putImageData(new ImageData(scan(scene, p, small.width, small.height).rgba, small.width), 0, 0);
				g.drawImage(small, x, top, w, h);
			}
			setTimeout(next, 0, p + 1);
		};
		next(0);
	}
	function rest() {measure(true); waiting.splice(0).forEach(f => f())}

	// --- numbers: the sets of the three panes on 128 points a side
	const counts = (p, w, h, coarse, s = scene) => gpu && !gpu.gl.isContextLost() ? gpu.counts(s, p, w, h, coarse) : scan(s, p, w, h);
	function soon() {clearTimeout(due); due = setTimeout(measure, clamp(220 - now() + measured, 0, 220))}
	function measure(final) {
		if (gone() || busy && !final || rects[0][2] < 9) return;
		clearTimeout(due); measured = now();
		const [, , w, h] = rects[0], k = (gpu || final ? 128 : 64) / min(w, h), of = scene.square ? "count" : "stays";
		const sets = scene.panes.map((pane, p) => pane && counts(p, round(w * k), round(h * k), quick && !final));
		scores = sets.map(s => s && {filled: s.stays.reduce((a, b) => a + b) / s.stays.length, agreement: agreement(sets[0][of], s[of]), iou: iou(sets[0].stays, s.stays)});
		describe();
		if (final) say();
	}
	const residual = ({net, a}) => net ? cr(net.jacobian(...where())) * (a[0] ** 2 + a[1] ** 2) : 0;
	function describe() {
		const [stays, same] = fam.degree ? ["filled", "agreement"] : ["never leave", "same exit step"], cell = tag => v => `<${tag}>${v}</${tag}>`;
		let table = "";
		scene.panes.forEach((pane, p) => {
			const s = scores[p], z = cplx(where(), 3), text = !pane ? "" : p === 2 ? words(pane) : p === 0 ? `${fam.title}, ${symbol()} = ${cplx(pick.c)} · ${fam.degree ? "filled Julia set" : `exit-time map of the box ±${fam.box}`}`
				: useLive() ? "180 numbers, live from Python" : `180 numbers · ${pick.noise ? "noisy data" : steps[pick.step].toLocaleString("en") + " steps"} · CR weight ${crs[pick.cr]}`;
			all(".pane p")[p].textContent = text; all(".hole")[p].textContent = pane ? "" : "no formula found";
			const row = pane && s ? {[stays]: share(s.filled), [same]: share(s.agreement), IoU: s.iou.toFixed(3), "CR residual": tiny(residual(pane)), z, "f(z)": cplx(mapOf(pane)(...where(), [0, 0]), 3)} : {};
			all(".score")[p].innerHTML = (p ? [same, "IoU", "CR residual"] : [stays, "z"]).map(k => row[k] ? `<span>${k} <b>${row[k]}</b></span>` : "").join("");
			table += (p ? "" : `<tr>${["Pane", ...Object.keys(row), "Map"].map(cell("th")).join("")}</tr>`) + `<tr>${[TITLES[p], ...Object.values(row), text].map(cell("td")).join("")}</tr>`;
		});
		$("table").innerHTML = table; $(".bar output").textContent = `${+(home().half / view.half).toPrecision(3)}×`;
	}
	function say() {
		const text = `${fam.title} with ${symbol()} = ${cplx(pick.c)}. ` + scores.map((s, p) => s && p ? `${TITLES[p]}: agreement ${share(s.agreement)}, intersection over union ${s.iou.toFixed(2)}. ` : "").join("");
		pixels.ariaLabel = flat.ariaLabel = text;
		if (said && said !== text) $(".quiet").textContent = text;
		said = text;
	}

	// --- over the panes: the orbit of the probe, and the box of the training data
	function overlay() {
		const g = over.getContext("2d");
		g.setTransform(ratio, 0, 0, ratio, 0, 0); g.clearRect(0, 0, over.width, over.height);
		scene.panes.forEach((pane, p) => {
			if (!pane) return;
			const [x, y, w, h] = boxes[p], k = min(w, h) / 2 / view.half, at = z => [x + w / 2 + (z[0] - view.x) * k, y + h / 2 - (z[1] - view.y) * k];
			g.save(); g.beginPath(); g.rect(x, y, w, h); g.clip();
			if (p === 1) {g.setLineDash([5, 4]); g.strokeStyle = palette === DARK ? "#fffa" : "#000a"; g.strokeRect(...at([-fam.box, fam.box]), 2 * fam.box * k, 2 * fam.box * k); g.setLineDash([])}
			const map = mapOf(pane), z = [...where()], points = [at(z)];
			for (let i = 0; i < min(48, scene.n) && size(z, scene.square) <= scene.R; i++) points.push(at(map(z[0], z[1], z)));
			for (const [width, ink] of [[3, "#000"], [1.2, "#fff"]]) points.slice(1).forEach((q, i) => {
				g.beginPath(); g.moveTo(...points[i]); g.lineTo(...q); g.lineWidth = width; g.strokeStyle = ink; g.globalAlpha = 0.25 + 0.65 * 0.9 ** i; g.stroke();
			});
			g.globalAlpha = g.lineWidth = 1; g.strokeStyle = "#000";
			points.forEach((q, i) => {g.beginPath(); g.arc(...q, i ? 1 + 1.3 * 0.95 ** i : 4.5, 0, 7); g.fillStyle = i ? "#fff" : "#ffd27a"; g.fill(); g.stroke()});
			g.restore();
		});
	}
	function point(z) {probe = z; if (scene && !queued) {overlay(); describe()}}

	// --- the parameter plane
	let drawn, inked;
	const plane = () => [fam.degree === 2 ? -0.5 : 0, 0, fam.degree ? 1.7 : 2];
	function drawPad() {
		const [mx, my, half] = plane(), [x, y] = pick.c, dot = $(".pad i").style, g = $(".pad canvas").getContext("2d"), isC = fam.role === "c";
		dot.left = `${clamp((x - mx) / half * 66 + 66, 0, PAD)}px`; dot.top = `${clamp(66 - (y - my) / half * 66, 0, PAD)}px`;
		pad.ariaValueNow = x; pad.ariaValueText = `${symbol()} = ${cplx(pick.c)}`;
		if (drawn === fam && inked === palette) return;
		drawn = fam; inked = palette;
		// does the critical orbit stay? It begins at c for powers, at λ for λ exp, λ sin, λ cos
		const img = g.createImageData(PAD, PAD), kind = KINDS.indexOf(fam.name), b = [1, 0];
		for (let i = 0; i < PAD * PAD; i++) {
			const c = [mx + (i % PAD - 65.5) / 66 * half, my - (floor(i / PAD) - 65.5) / 66 * half];
			const [, kept, v] = escape(closed(isC ? {kind, a: b, b, c} : {kind, a: c, b, c: [0, 0]}), ...c, 40, isC ? 2.5 : 30, !isC);
			img.data.set([...colour(palette, kept, 1.5 * v, 0.05).map(q => 255 * q), 255], 4 * i);
		}
		g.putImageData(img, 0, 0);
	}

	// --- the reader
	let saving;
	function save(k, v) {model.set(k, v); saving ??= setTimeout(() => {saving = null; model.save_changes?.()}, 120)}
	function controls() {
		const names = all(".bar span"), set = (k, v, shown = v) => {key(k).value = v; key(k).nextElementSibling.value = shown};
		key("family").value = fam.name;
		["re", "im"].forEach((k, i) => {names[i].textContent = `${i ? "Im" : "Re"} ${symbol()}`; if (document.activeElement !== key(k) || key(k).valueAsNumber !== pick.c[i]) key(k).value = +pick.c[i].toFixed(4)});
		key("step").max = S - 1; key("step").disabled = pick.noise; set("step", pick.step, pick.noise ? "last" : steps[pick.step].toLocaleString("en")); set("n_iter", pick.n_iter);
		key("step").ariaValueText = `${steps[pick.step]} steps`;
		key("cr").value = pick.cr; key("noise").checked = pick.noise; key("diff").checked = pick.diff; key("live").parentElement.hidden = !live;
		const mark = (text, ...ids) => `<span><i style="background:linear-gradient(90deg,${ids.map(i => `rgb(${palette[i].map(v => 255 * v)})`)})"></i>${text}</span>`;
		$(".keys").innerHTML = mark(fam.degree ? "never escapes" : "never leaves the box", 5, 6, 7) + mark("leaves at once … late", 0, 2, 4) +
			(pick.diff ? mark("kept, should leave", 8, 8) + mark("lost, should stay", 9, 9) : "") + "<span>white: orbit of z</span><span>dashed: box of the training data</span>";
		drawPad();
	}
	function change(k, v) {pick[k] = v; save(k, v); controls(); redraw()}
	function setC(x, y) {change("c", [x, y].map(v => +clamp(v, -2.5, 2.5).toFixed(4)))}
	function look(x, y, half) {view = {x: clamp(x, -4, 4), y: clamp(y, -4, 4), half: clamp(half, 1e-4, 6)}; redraw()}
	function zoom(k, [x, y] = [view.x, view.y]) {const half = clamp(view.half * k, 1e-4, 6), q = half / view.half; look(x + (view.x - x) * q, y + (view.y - y) * q, half)}
	function still() {view = home(); probe = null; redraw()}
	function choose(name) {fam = families.find(f => f.name === name); still(); save("family", name); setC(...fam.constant)}
	const press = {in: () => zoom(1 / 1.5), out: () => zoom(1.5), reset: () => {still(); setC(...fam.constant)}};
	families.forEach(f => key("family").add(new Option(f.title, f.name))); crs.forEach((w, i) => key("cr").add(new Option(w, i)));
	on(key("family"), "change", e => choose(e.target.value));
	for (const k of ["re", "im"]) on(key(k), "input", () => {const v = [key("re").valueAsNumber, key("im").valueAsNumber]; if (v.every(isFinite)) setC(...v)});
	for (const k of ["step", "cr", "n_iter"]) on(key(k), "input", e => change(k, +e.target.value));
	for (const k of ["noise", "diff"]) on(key(k), "change", e => change(k, e.target.checked));
	on(key("live"), "change", redraw);
	all("[data-b]").forEach(b => on(b, "click", press[b.dataset.b]));
	const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]};
	on(pad, "keydown", e => {const d = ARROWS[e.key], s = e.shiftKey ? 0.1 : 0.01; if (d) {e.preventDefault(); setC(pick.c[0] + s * d[0], pick.c[1] + s * d[1])}});
	on(pad, "pointerdown pointermove", e => {
		if (!e.buttons) return;
		if (e.type === "pointerdown") pad.setPointerCapture(e.pointerId);
		const r = pad.getBoundingClientRect(), [mx, my, half] = plane(), at = v => clamp(v / 66 - 1, -1, 1) * half;
		setC(mx + at(e.clientX - r.left), my - at(e.clientY - r.top));
	});
	on(stage, "keydown", e => {
		const d = ARROWS[e.key], s = 0.15 * view.half;
		if (e.ctrlKey || e.metaKey) return;
		if (d) {probe = null; look(view.x + s * d[0], view.y + s * d[1], view.half)} else if ("+=".includes(e.key)) zoom(0.8); else if (e.key === "-") zoom(1.25); else if (e.key === "0") still(); else return;
		e.preventDefault();
	});
	const unit = () => 2 * view.half / min(boxes[0][2], boxes[0][3]);
	function under(e) {
		const s = stage.getBoundingClientRect(), u = e.clientX - s.left, v = e.clientY - s.top, box = boxes?.find(([x, y, w, h]) => u >= x && u < x + w && v >= y && v < y + h);
		return box && [view.x + (u - box[0] - box[2] / 2) * unit(), view.y - (v - box[1] - box[3] / 2) * unit()];
	}
	const fingers = new Map();
	let armed = false;
	on(stage, "pointerdown", e => {const z = under(e); if (!z || e.button) return; stage.setPointerCapture(e.pointerId); fingers.set(e.pointerId, e); point(z)});
	on(stage, "pointermove", e => {
		armed = true;
		const z = under(e), was = fingers.get(e.pointerId), other = [...fingers].find(([id]) => id !== e.pointerId)?.[1];
		if (!was) {if (z) point(z); return}
		const span = q => hypot(q.clientX - other.clientX, q.clientY - other.clientY) || 1, k = unit() / fingers.size;
		fingers.set(e.pointerId, e); look(view.x - (e.clientX - was.clientX) * k, view.y + (e.clientY - was.clientY) * k, view.half);
		if (other) zoom(span(was) / span(e), under({clientX: (e.clientX + other.clientX) / 2, clientY: (e.clientY + other.clientY) / 2}));
	});
	on(stage, "pointerup pointercancel", e => fingers.delete(e.pointerId));
	// the wheel zooms once the pointer has moved here: a page scrolled past goes on scrolling
	on(window, "scroll", () => {armed = false}, {passive: true, capture: true});
	on(stage, "wheel", e => {const z = under(e); if (z && (armed || e.ctrlKey)) {e.preventDefault(); zoom(exp(clamp(e.deltaY, -300, 300) / 600), z)}}, {passive: false});

	// --- surroundings: dark or light as the text around it; lost contexts; changes made in Python
	function theme() {
		const dark = getComputedStyle(el).color.match(/[\d.]+/g)?.[1] > 127;
		root.toggleAttribute("data-dark", dark);
		if (palette !== (palette = dark ? DARK : LIGHT)) {controls(); redraw()}
	}
	const watch = new MutationObserver(() => {theme(); setTimeout(theme, 400)}), resized = new ResizeObserver(() => {theme(); redraw()});
	for (const e of [document.documentElement, document.body]) watch.observe(e, {attributes: true});
	on(matchMedia("(prefers-color-scheme: dark)"), "change", theme);
	on(pixels, "webglcontextlost", e => {e.preventDefault(); without()});
	on(pixels, "webglcontextrestored", start);
	const KEYS = "family c step cr noise n_iter diff live_vector live_family live_ranges live_formula".split(" ");
	const follow = () => {read(); controls(); redraw()};
	KEYS.forEach(k => model.on?.(`change:${k}`, follow));
	read(); theme(); start(); resized.observe(stage);

	return root.figure = {
		pick, get perf() {return perf}, get view() {return view}, get scores() {return scores}, get renderer() {return gpu ? gpu.renderer : "2d"}, get gl() {return gpu?.gl},
		settled: () => new Promise(ok => {waiting.push(ok); redraw()}),
		// {count, stays} of pane p on n × n points of the square of half-width `half`
		counts: (p, n, half, coarse) => {build(); return counts(p, n, n, coarse, {...scene, view: {x: 0, y: 0, half}})},
		destroy() {
			abort.abort(); watch.disconnect(); resized.disconnect(); [idle, due, saving].forEach(clearTimeout);
			KEYS.forEach(k => model.off?.(`change:${k}`, follow)); gpu?.gl.getExtension("WEBGL_lose_context")?.loseContext(); root.remove();
		},
	};
}

export default {render({model, el}) {const figure = mount(model, el); return () => figure.destroy()}};

/*
 * uvcsim - USB Video Class cameras in user space, for tests.
 *
 * Each camera is a USB/IP "remote device": a socketpair is handed to the
 * kernel's vhci-hcd, which then enumerates it like real hardware, so the real
 * uvcvideo driver binds to it.  Everything a camera says (descriptors,
 * controls, frames, faults) is decided here.
 *
 *   uvcsim [-n CAM[,CAM..]]   run the cameras (daemon, stays in foreground)
 *   camera-ctl ...            the same binary under another name: the client
 *
 * No dependency but libc and pthreads.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CTL_SOCK "/run/camera-ctl.sock"
#define VHCI "/sys/devices/platform/vhci_hcd.0"
#define SPEED_HIGH 3
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ------------------------------------------------------------- USB/IP wire */
enum { CMD_SUBMIT = 1, CMD_UNLINK = 2, RET_SUBMIT = 3, RET_UNLINK = 4 };
struct uip_hdr {                  /* all fields big endian */
	uint32_t command, seqnum, devid, direction, ep;
	union {
		struct { uint32_t flags; int32_t len, start_frame, npackets, interval; uint8_t setup[8]; } cmd;
		struct { int32_t status, actual, start_frame, npackets, errors; uint8_t pad[8]; } ret;
		struct { uint32_t seqnum; uint8_t pad[24]; } unlink;
		struct { int32_t status; uint8_t pad[24]; } runlink;
	};
} __attribute__((packed));
struct uip_iso { uint32_t offset, length, actual, status; } __attribute__((packed));

/* ------------------------------------------------------------ camera model */
#define UNIT_CT 1                 /* camera terminal */
#define UNIT_PU 2                 /* processing unit */
#define UNIT_OT 3                 /* output terminal */
#define EP_STATUS 1               /* 0x81 interrupt IN */
#define EP_VIDEO 2                /* 0x82 isochronous or bulk IN */

/* GET_INFO bits */
#define I_RW 0x03
#define I_RO 0x01
#define I_AUTOUPDATE 0x08

struct val { const char *name; int32_t min, max, res, def, cur; };
struct ctrl {
	uint8_t unit, cs, bit, len, info;
	struct val v[2];          /* a second field only for pan/tilt */
	uint8_t stall;            /* UVC error code while requests are refused */
};

static const struct ctrl full_ctrls[] = {
	{ UNIT_CT, 0x02,  1, 1, I_RW, {{ "auto_exposure",           1, 8, 0x09, 8, 8 }} },
	{ UNIT_CT, 0x03,  2, 1, I_RW, {{ "exposure_dynamic_framerate", 0, 1, 1, 0, 0 }} },
	{ UNIT_CT, 0x04,  3, 4, I_RW | I_AUTOUPDATE, {{ "exposure_time_absolute", 1, 5000, 1, 157, 157 }} },
	{ UNIT_CT, 0x06,  5, 2, I_RW | I_AUTOUPDATE, {{ "focus_absolute",   0, 250, 5, 0, 0 }} },
	{ UNIT_CT, 0x08, 17, 1, I_RW, {{ "focus_automatic_continuous", 0, 1, 1, 1, 1 }} },
	{ UNIT_CT, 0x0b,  9, 2, I_RW, {{ "zoom_absolute",         100, 500, 1, 100, 100 }} },
	{ UNIT_CT, 0x0d, 11, 8, I_RW, {{ "pan_absolute",  -36000, 36000, 3600, 0, 0 },
	                               { "tilt_absolute", -36000, 36000, 3600, 0, 0 }} },
	{ UNIT_CT, 0x11, 18, 1, I_RW | I_AUTOUPDATE, {{ "privacy",   0, 1, 1, 0, 0 }} },
	{ UNIT_PU, 0x02,  0, 2, I_RW, {{ "brightness",            -64, 64, 1, 0, 0 }} },
	{ UNIT_PU, 0x03,  1, 2, I_RW, {{ "contrast",                0, 64, 1, 32, 32 }} },
	{ UNIT_PU, 0x06,  2, 2, I_RW, {{ "hue",                   -40, 40, 1, 0, 0 }} },
	{ UNIT_PU, 0x07,  3, 2, I_RW, {{ "saturation",              0, 128, 1, 64, 64 }} },
	{ UNIT_PU, 0x08,  4, 2, I_RW, {{ "sharpness",               0, 6, 1, 3, 3 }} },
	{ UNIT_PU, 0x09,  5, 2, I_RW, {{ "gamma",                  72, 500, 1, 100, 100 }} },
	{ UNIT_PU, 0x0a,  6, 2, I_RW | I_AUTOUPDATE, {{ "white_balance_temperature", 2800, 6500, 10, 4600, 4600 }} },
	{ UNIT_PU, 0x0b, 12, 1, I_RW, {{ "white_balance_automatic", 0, 1, 1, 1, 1 }} },
	{ UNIT_PU, 0x01,  8, 2, I_RW, {{ "backlight_compensation",  0, 2, 1, 1, 1 }} },
	{ UNIT_PU, 0x04,  9, 2, I_RW, {{ "gain",                    0, 100, 1, 0, 0 }} },
	{ UNIT_PU, 0x05, 10, 1, I_RW, {{ "power_line_frequency",    0, 2, 1, 1, 1 }} },
};
static const struct ctrl basic_ctrls[] = {
	{ UNIT_PU, 0x02,  0, 2, I_RW, {{ "brightness",              0, 255, 1, 128, 128 }} },
	{ UNIT_PU, 0x03,  1, 2, I_RW, {{ "contrast",                0, 255, 1, 128, 128 }} },
	{ UNIT_PU, 0x07,  3, 2, I_RW, {{ "saturation",              0, 255, 1, 128, 128 }} },
	{ UNIT_PU, 0x05, 10, 1, I_RW, {{ "power_line_frequency",    0, 2, 1, 1, 1 }} },
};

struct frame { uint16_t w, h; uint8_t fps[4]; };
struct format { bool mjpeg; const struct frame *fr; int nfr; };

static const struct frame full_mjpeg[] = {
	{ 640, 480, { 30, 15, 5 } }, { 320, 240, { 30, 15 } }, { 800, 600, { 30, 15 } },
	{ 1280, 720, { 30, 15, 5 } }, { 1920, 1080, { 30, 15, 5 } },
};
static const struct frame full_yuyv[] = {
	{ 640, 480, { 30, 15, 5 } }, { 320, 240, { 30, 15 } }, { 1280, 720, { 10, 5 } },
};
static const struct frame basic_yuyv[] = {
	{ 640, 480, { 30, 15 } }, { 320, 240, { 30, 15 } },
};
static const struct format full_formats[] = {
	{ true, full_mjpeg, ARRAY_LEN(full_mjpeg) }, { false, full_yuyv, ARRAY_LEN(full_yuyv) },
};
static const struct format basic_formats[] = { { false, basic_yuyv, ARRAY_LEN(basic_yuyv) } };

#define MAX_CTRLS 24
#define MAX_PEND 32
#define MAX_NP 64
struct pend { uint32_t seq; int len, np; uint32_t plen[MAX_NP]; };
struct row { uint8_t *enc; int len; };
/* A control request (endpoint 0) that waits for its answer; due is 0 until it
 * is the first in the queue. Frames go on meanwhile. */
#define MAX_REQ 8
struct req { uint32_t seq; uint8_t setup[8], data[4096]; int len; bool in; int64_t due; };

struct cam {
	/* fixed */
	const char *id, *product, *serial;
	uint16_t vid, pid;
	bool bulk;
	const struct format *fmts; int nfmt;
	const struct ctrl *ctrls_init; int nctrls;
	/* state; lock held by whoever touches it */
	pthread_mutex_t lock;
	pthread_t thr;
	struct ctrl c[MAX_CTRLS];
	int sock, wake, port;
	bool unplug_req;
	uint8_t config, alt, last_err;
	uint8_t probe[34], commit[34];
	bool committed;
	struct pend pend[MAX_PEND]; int npend;
	struct req req[MAX_REQ]; int nreq;
	uint32_t status_seq; bool status_pend;
	uint8_t evq[16][8]; int evlen[16]; int nev;
	/* stream */
	bool active;               /* frames are wanted */
	int fmt, w, h; bool mjpeg; int64_t interval_ns, due;
	uint8_t *fb; int fblen, fbpos, fbcap; bool infrm, frm_err; uint8_t fid;
	uint32_t frameno;          /* since the daemon started */
	/* picture */
	int cw, ch;                /* cells of 16x8 pixels */
	uint32_t *base, *cells, *prev; /* 0x00YYCbCr per cell */
	struct row *rows;
	bool dirty;
	/* faults */
	bool freeze, hang, hang_controls; uint8_t stall_all; int slow_ms, ctl_delay_ms;
	char corrupt[16]; int corrupt_n;
	/* log */
	char log[256][96]; int nlog;
	uint64_t stat_frames, stat_setcur;
};

static struct cam cams[] = {
	{ .id = "uvc0", .product = "CamSim Full HD", .serial = "CAMSIM0001", .vid = 0x1209, .pid = 0x0001,
	  .fmts = full_formats, .nfmt = 2, .ctrls_init = full_ctrls, .nctrls = ARRAY_LEN(full_ctrls) },
	{ .id = "uvc1", .product = "CamSim Basic", .serial = NULL, .vid = 0x1209, .pid = 0x0002,
	  .fmts = basic_formats, .nfmt = 1, .ctrls_init = basic_ctrls, .nctrls = ARRAY_LEN(basic_ctrls) },
	{ .id = "uvc2", .product = "CamSim Basic", .serial = NULL, .vid = 0x1209, .pid = 0x0002,
	  .fmts = basic_formats, .nfmt = 1, .ctrls_init = basic_ctrls, .nctrls = ARRAY_LEN(basic_ctrls) },
	{ .id = "uvc3", .product = "CamSim Bulk", .serial = "CAMSIM0003", .vid = 0x1209, .pid = 0x0003, .bulk = true,
	  .fmts = basic_formats, .nfmt = 1, .ctrls_init = basic_ctrls, .nctrls = ARRAY_LEN(basic_ctrls) },
};

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void logf_(struct cam *m, const char *f, ...)
{
	va_list a; va_start(a, f);
	if (m->nlog == (int)ARRAY_LEN(m->log)) {
		memmove(m->log[0], m->log[1], sizeof(m->log) - sizeof(m->log[0]));
		m->nlog--;
	}
	vsnprintf(m->log[m->nlog++], sizeof(m->log[0]), f, a);
	va_end(a);
}

static struct val *find_val(struct cam *m, const char *name, struct ctrl **cp)
{
	for (int i = 0; i < m->nctrls; i++)
		for (int k = 0; k < 2; k++)
			if (m->c[i].v[k].name && !strcmp(m->c[i].v[k].name, name)) {
				if (cp) *cp = &m->c[i];
				return &m->c[i].v[k];
			}
	return NULL;
}
static int cur(struct cam *m, const char *name, int dflt)
{
	struct val *v = find_val(m, name, NULL);
	return v ? v->cur : dflt;
}

/* -------------------------------------------------------------- descriptors */
struct buf { uint8_t *p; int n; };
static void w8(struct buf *b, int v) { b->p[b->n++] = v; }
static void w16(struct buf *b, int v) { w8(b, v & 255); w8(b, v >> 8 & 255); }
static void w32(struct buf *b, uint32_t v) { w16(b, v & 0xffff); w16(b, v >> 16); }

static uint32_t frame_size(const struct frame *f) { return f->w * f->h * 2u; }
static int psize(struct cam *m, int alt) { (void)m; return alt == 1 ? 1024 : 3072; }

static int dev_desc(struct cam *m, uint8_t *out)
{
	struct buf b = { out, 0 };
	w8(&b, 18); w8(&b, 1); w16(&b, 0x0200); w8(&b, 0xef); w8(&b, 2); w8(&b, 1); w8(&b, 64);
	w16(&b, m->vid); w16(&b, m->pid); w16(&b, 0x0100); w8(&b, 1); w8(&b, 2); w8(&b, m->serial ? 3 : 0); w8(&b, 1);
	return b.n;
}

static int cfg_desc(struct cam *m, uint8_t *out)
{
	struct buf b = { out, 0 };
	uint32_t ct = 0, pu = 0;
	for (int i = 0; i < m->nctrls; i++)
		*(m->c[i].unit == UNIT_CT ? &ct : &pu) |= 1u << m->c[i].bit;

	w8(&b, 9); w8(&b, 2); w16(&b, 0); w8(&b, 2); w8(&b, 1); w8(&b, 0); w8(&b, 0x80); w8(&b, 250);
	w8(&b, 8); w8(&b, 11); w8(&b, 0); w8(&b, 2); w8(&b, 14); w8(&b, 3); w8(&b, 0); w8(&b, 2);
	/* VideoControl interface */
	w8(&b, 9); w8(&b, 4); w8(&b, 0); w8(&b, 0); w8(&b, 1); w8(&b, 14); w8(&b, 1); w8(&b, 0); w8(&b, 2);
	int vc = b.n;
	w8(&b, 13); w8(&b, 0x24); w8(&b, 1); w16(&b, 0x0110); w16(&b, 0); w32(&b, 48000000); w8(&b, 1); w8(&b, 1);
	w8(&b, 18); w8(&b, 0x24); w8(&b, 2); w8(&b, UNIT_CT); w16(&b, 0x0201); w8(&b, 0); w8(&b, 0);
	w16(&b, 0); w16(&b, 0); w16(&b, 0); w8(&b, 3); w8(&b, ct); w8(&b, ct >> 8); w8(&b, ct >> 16);
	w8(&b, 12); w8(&b, 0x24); w8(&b, 5); w8(&b, UNIT_PU); w8(&b, UNIT_CT); w16(&b, 0);
	w8(&b, 2); w8(&b, pu); w8(&b, pu >> 8); w8(&b, 0); w8(&b, 0);
	w8(&b, 9); w8(&b, 0x24); w8(&b, 3); w8(&b, UNIT_OT); w16(&b, 0x0101); w8(&b, 0); w8(&b, UNIT_PU); w8(&b, 0);
	b.p[vc + 5] = (b.n - vc) & 255; b.p[vc + 6] = (b.n - vc) >> 8;
	w8(&b, 7); w8(&b, 5); w8(&b, 0x80 | EP_STATUS); w8(&b, 3); w16(&b, 16); w8(&b, 8);
	w8(&b, 5); w8(&b, 0x25); w8(&b, 3); w16(&b, 16);
	/* VideoStreaming interface */
	w8(&b, 9); w8(&b, 4); w8(&b, 1); w8(&b, 0); w8(&b, m->bulk ? 1 : 0); w8(&b, 14); w8(&b, 2); w8(&b, 0); w8(&b, 0);
	int vs = b.n;
	w8(&b, 13 + m->nfmt); w8(&b, 0x24); w8(&b, 1); w8(&b, m->nfmt); w16(&b, 0); w8(&b, 0x80 | EP_VIDEO);
	w8(&b, 0); w8(&b, UNIT_OT); w8(&b, 0); w8(&b, 0); w8(&b, 0); w8(&b, 1);
	for (int i = 0; i < m->nfmt; i++) w8(&b, 0);
	for (int i = 0; i < m->nfmt; i++) {
		const struct format *f = &m->fmts[i];
		if (f->mjpeg) {
			w8(&b, 11); w8(&b, 0x24); w8(&b, 6); w8(&b, i + 1); w8(&b, f->nfr); w8(&b, 0); w8(&b, 1);
		} else {
			static const uint8_t yuy2[16] = "YUY2\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
			w8(&b, 27); w8(&b, 0x24); w8(&b, 4); w8(&b, i + 1); w8(&b, f->nfr);
			memcpy(b.p + b.n, yuy2, 16); b.n += 16;
			w8(&b, 16); w8(&b, 1);
		}
		w8(&b, 0); w8(&b, 0); w8(&b, 0); w8(&b, 0);
		for (int j = 0; j < f->nfr; j++) {
			const struct frame *r = &f->fr[j];
			int n = 0; while (n < 4 && r->fps[n]) n++;
			w8(&b, 26 + 4 * n); w8(&b, 0x24); w8(&b, f->mjpeg ? 7 : 5); w8(&b, j + 1); w8(&b, 0);
			w16(&b, r->w); w16(&b, r->h);
			w32(&b, frame_size(r) * 8 * r->fps[n - 1]); w32(&b, frame_size(r) * 8 * r->fps[0]);
			w32(&b, frame_size(r)); w32(&b, 10000000 / r->fps[0]); w8(&b, n);
			for (int k = 0; k < n; k++) w32(&b, 10000000 / r->fps[k]);
		}
		w8(&b, 6); w8(&b, 0x24); w8(&b, 0x0d); w8(&b, 1); w8(&b, 1); w8(&b, 4);
	}
	b.p[vs + 4] = (b.n - vs) & 255; b.p[vs + 5] = (b.n - vs) >> 8;
	if (m->bulk) {
		w8(&b, 7); w8(&b, 5); w8(&b, 0x80 | EP_VIDEO); w8(&b, 2); w16(&b, 512); w8(&b, 0);
	} else {
		for (int a = 1; a <= 2; a++) {
			w8(&b, 9); w8(&b, 4); w8(&b, 1); w8(&b, a); w8(&b, 1); w8(&b, 14); w8(&b, 2); w8(&b, 0); w8(&b, 0);
			w8(&b, 7); w8(&b, 5); w8(&b, 0x80 | EP_VIDEO); w8(&b, 5); w16(&b, a == 1 ? 1024 : (2 << 11 | 1024)); w8(&b, 1);
		}
	}
	out[2] = b.n & 255; out[3] = b.n >> 8;
	return b.n;
}

static int str_desc(struct cam *m, int idx, uint8_t *out)
{
	const char *s = idx == 1 ? "CamSim" : idx == 2 ? m->product : idx == 3 ? m->serial : NULL;
	if (idx == 0) { memcpy(out, "\x04\x03\x09\x04", 4); return 4; }
	if (!s) return -1;
	int n = strlen(s);
	out[0] = 2 + 2 * n; out[1] = 3;
	for (int i = 0; i < n; i++) { out[2 + 2 * i] = s[i]; out[3 + 2 * i] = 0; }
	return out[0];
}

/* ------------------------------------------------------------------ picture */
static inline uint8_t clamp8(float v) { return v < 0 ? 0 : v > 255 ? 255 : (uint8_t)(v + 0.5f); }

/* The scene without overlays, for the current control values. */
static void draw_base(struct cam *m)
{
	static const uint8_t bars[8] = { 7, 6, 3, 2, 5, 4, 1, 0 };   /* rgb bits */
	float zoom = cur(m, "zoom_absolute", 100) / 100.0f;
	float pan = cur(m, "pan_absolute", 0) / 36000.0f, tilt = cur(m, "tilt_absolute", 0) / 36000.0f;
	/* pan and tilt move the window inside what zoom leaves outside of it */
	float span = 1 / zoom, x0 = (1 - span) / 2 * (1 + pan), y0 = (1 - span) / 2 * (1 - tilt);
	bool manual = cur(m, "auto_exposure", 8) == 1;
	float k = manual ? cur(m, "exposure_time_absolute", 157) / 157.0f : 1;
	k *= 1 + cur(m, "gain", 0) / 50.0f;
	float dr = 1, db = 1;
	if (!cur(m, "white_balance_automatic", 1)) {
		float t = (cur(m, "white_balance_temperature", 4600) - 4600) / 1900.0f;
		dr = 1 + 0.3f * t; db = 1 - 0.3f * t;       /* higher: warmer picture */
	}
	struct val *v = find_val(m, "brightness", NULL);
	float bri = v ? (v->cur - v->def) * 128.0f / (v->max - v->min) : 0;
	v = find_val(m, "contrast", NULL);
	float con = v ? (float)v->cur / v->def : 1;
	v = find_val(m, "saturation", NULL);
	float sat = v ? (float)v->cur / v->def : 1;
	float hue = cur(m, "hue", 0) * (float)M_PI / 180, hc = cosf(hue), hs = sinf(hue);
	float gam = 100.0f / cur(m, "gamma", 100);
	/* the subject is in focus at 120; autofocus finds it */
	float foc = 1;
	if (!cur(m, "focus_automatic_continuous", 1))
		foc = 1 - fabsf(cur(m, "focus_absolute", 120) - 120.0f) / 140.0f;
	if (foc < 0.05f) foc = 0.05f;
	bool privacy = cur(m, "privacy", 0);

	for (int y = 0; y < m->ch; y++) {
		for (int x = 0; x < m->cw; x++) {
			float u = x0 + span * (x + 0.5f) / m->cw, t = y0 + span * (y + 0.5f) / m->ch;
			float r, g, b;
			if (t < 0.60f) {
				int c = bars[(int)(u * 8)];
				r = c & 4 ? 191 : 0; g = c & 2 ? 191 : 0; b = c & 1 ? 191 : 0;
			} else if (t < 0.75f) {
				r = g = b = 255 * u;
			} else if (u < 0.5f) {
				bool on = ((int)(u * 20) + (int)(t * 20)) & 1;
				r = g = b = 128 + (on ? 100 : -100) * foc;
			} else {
				r = g = b = 128;
			}
			r *= k * dr; g *= k; b *= k * db;
			if (gam != 1) {
				r = 255 * powf(fminf(r, 255) / 255, gam); g = 255 * powf(fminf(g, 255) / 255, gam);
				b = 255 * powf(fminf(b, 255) / 255, gam);
			}
			r = fminf(r, 255); g = fminf(g, 255); b = fminf(b, 255);
			float Y = 0.299f * r + 0.587f * g + 0.114f * b;
			float cb = (b - Y) * 0.564f * sat, cr = (r - Y) * 0.713f * sat;
			Y = (Y - 128) * con + 128 + bri;
			m->base[y * m->cw + x] = privacy ? 0x008080 :
				(uint32_t)clamp8(Y) << 16 | clamp8(128 + cb * hc - cr * hs) << 8 | clamp8(128 + cb * hs + cr * hc);
		}
	}
	m->dirty = false;
}

static void cell(struct cam *m, int x, int y, uint32_t c)
{
	if (x >= 0 && y >= 0 && x < m->cw && y < m->ch) m->cells[y * m->cw + x] = c;
}

/* Overlays, the same whatever the controls: the frame number as 16 bits (top
 * left, 16 pixels a bit, msb first, guarded by white-black and black-white),
 * again as decimal digits, and a white square that moves. */
static void draw_frame(struct cam *m)
{
	static const uint16_t font[10] = { 075557, 026227, 071747, 071717, 055711, 074717, 074757, 071111, 075757, 075717 };
	const uint32_t white = 0xff8080, black = 0x008080;
	memcpy(m->cells, m->base, m->cw * m->ch * 4);
	int n = m->frameno & 0xffff;
	for (int i = 0; i < 20; i++) {
		int bit = i == 0 || i == 19 ? 1 : i == 1 || i == 18 ? 0 : n >> (17 - i) & 1;
		cell(m, i, 0, bit ? white : black); cell(m, i, 1, bit ? white : black);
	}
	for (int d = 0, v = n; d < 5; d++, v /= 10)
		for (int y = 0; y < 7; y++)
			for (int x = 0; x < 4; x++) {
				int on = y > 0 && y < 6 && x > 0 && (font[v % 10] >> (3 * (5 - y) + (3 - x)) & 1);
				cell(m, (4 - d) * 4 + x, 3 + 2 * y, on ? white : black);
				cell(m, (4 - d) * 4 + x, 4 + 2 * y, on ? white : black);
			}
	int bx = m->frameno % (m->cw > 3 ? m->cw - 2 : 1), by = m->ch * 5 / 8;
	for (int y = 0; y < 4; y++) for (int x = 0; x < 2; x++) cell(m, bx + x, by + y, white);
}

/* Baseline JPEG, 4:2:2, one restart interval per row of 16x8 blocks. Every
 * cell is flat, so a block is its DC coefficient and an end-of-block; with
 * quantiser 8 the DC coefficient is exactly the sample value minus 128. */
struct bits { uint8_t *p; int n; uint32_t acc; int cnt; };
static void put(struct bits *b, uint32_t v, int n)
{
	b->acc = b->acc << n | v; b->cnt += n;
	while (b->cnt >= 8) {
		uint8_t c = b->acc >> (b->cnt - 8);
		b->p[b->n++] = c; if (c == 0xff) b->p[b->n++] = 0;
		b->cnt -= 8;
	}
	b->acc &= (1u << b->cnt) - 1;
}
static const uint16_t dcl[9] = { 0, 2, 3, 4, 5, 6, 14, 30, 62 };
static const uint8_t dcln[9] = { 2, 3, 3, 3, 3, 3, 4, 5, 6 };
static const uint16_t dcc[9] = { 0, 1, 2, 6, 14, 30, 62, 126, 254 };
static const uint8_t dccn[9] = { 2, 2, 2, 3, 4, 5, 6, 7, 8 };
static void dc(struct bits *b, int diff, bool chroma)
{
	int a = diff < 0 ? -diff : diff, s = a ? 32 - __builtin_clz(a) : 0;
	if (chroma) put(b, dcc[s], dccn[s]); else put(b, dcl[s], dcln[s]);
	if (s) put(b, diff < 0 ? diff + (1 << s) - 1 : diff, s);
	if (chroma) put(b, 0, 2); else put(b, 10, 4);      /* end of block */
}
static void enc_row(struct cam *m, int y)
{
	struct bits b = { m->rows[y].enc, 0, 0, 0 };
	int pY = 128, pB = 128, pR = 128;
	for (int x = 0; x < m->cw; x++) {
		uint32_t c = m->cells[y * m->cw + x];
		int Y = c >> 16 & 255, B = c >> 8 & 255, R = c & 255;
		dc(&b, Y - pY, false); dc(&b, 0, false); dc(&b, B - pB, true); dc(&b, R - pR, true);
		pY = Y; pB = B; pR = R;
	}
	if (b.cnt) put(&b, (1u << (8 - b.cnt)) - 1, 8 - b.cnt);
	m->rows[y].len = b.n;
}

static void jpeg_head(struct cam *m, struct buf *b)
{
	static const uint8_t dcb[16] = { 0, 1, 5, 1, 1, 1, 1, 1, 1 }, dcb2[16] = { 0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	/* AC tables: only EOB is used, the codes must be 1010 and 00, so the
	 * standard tables are sent in full. */
	static const uint8_t acl[] = { 0,2,1,3,3,2,4,3,5,5,4,4,0,0,1,0x7d,
		0x01,0x02,0x03,0x00,0x04,0x11,0x05,0x12,0x21,0x31,0x41,0x06,0x13,0x51,0x61,0x07,0x22,0x71,0x14,0x32,0x81,0x91,0xa1,0x08,
		0x23,0x42,0xb1,0xc1,0x15,0x52,0xd1,0xf0,0x24,0x33,0x62,0x72,0x82,0x09,0x0a,0x16,0x17,0x18,0x19,0x1a,0x25,0x26,0x27,0x28,
		0x29,0x2a,0x34,0x35,0x36,0x37,0x38,0x39,0x3a,0x43,0x44,0x45,0x46,0x47,0x48,0x49,0x4a,0x53,0x54,0x55,0x56,0x57,0x58,0x59,
		0x5a,0x63,0x64,0x65,0x66,0x67,0x68,0x69,0x6a,0x73,0x74,0x75,0x76,0x77,0x78,0x79,0x7a,0x83,0x84,0x85,0x86,0x87,0x88,0x89,
		0x8a,0x92,0x93,0x94,0x95,0x96,0x97,0x98,0x99,0x9a,0xa2,0xa3,0xa4,0xa5,0xa6,0xa7,0xa8,0xa9,0xaa,0xb2,0xb3,0xb4,0xb5,0xb6,
		0xb7,0xb8,0xb9,0xba,0xc2,0xc3,0xc4,0xc5,0xc6,0xc7,0xc8,0xc9,0xca,0xd2,0xd3,0xd4,0xd5,0xd6,0xd7,0xd8,0xd9,0xda,0xe1,0xe2,
		0xe3,0xe4,0xe5,0xe6,0xe7,0xe8,0xe9,0xea,0xf1,0xf2,0xf3,0xf4,0xf5,0xf6,0xf7,0xf8,0xf9,0xfa };
	static const uint8_t acc[] = { 0,2,1,2,4,4,3,4,7,5,4,4,0,1,2,0x77,
		0x00,0x01,0x02,0x03,0x11,0x04,0x05,0x21,0x31,0x06,0x12,0x41,0x51,0x07,0x61,0x71,0x13,0x22,0x32,0x81,0x08,0x14,0x42,0x91,
		0xa1,0xb1,0xc1,0x09,0x23,0x33,0x52,0xf0,0x15,0x62,0x72,0xd1,0x0a,0x16,0x24,0x34,0xe1,0x25,0xf1,0x17,0x18,0x19,0x1a,0x26,
		0x27,0x28,0x29,0x2a,0x35,0x36,0x37,0x38,0x39,0x3a,0x43,0x44,0x45,0x46,0x47,0x48,0x49,0x4a,0x53,0x54,0x55,0x56,0x57,0x58,
		0x59,0x5a,0x63,0x64,0x65,0x66,0x67,0x68,0x69,0x6a,0x73,0x74,0x75,0x76,0x77,0x78,0x79,0x7a,0x82,0x83,0x84,0x85,0x86,0x87,
		0x88,0x89,0x8a,0x92,0x93,0x94,0x95,0x96,0x97,0x98,0x99,0x9a,0xa2,0xa3,0xa4,0xa5,0xa6,0xa7,0xa8,0xa9,0xaa,0xb2,0xb3,0xb4,
		0xb5,0xb6,0xb7,0xb8,0xb9,0xba,0xc2,0xc3,0xc4,0xc5,0xc6,0xc7,0xc8,0xc9,0xca,0xd2,0xd3,0xd4,0xd5,0xd6,0xd7,0xd8,0xd9,0xda,
		0xe2,0xe3,0xe4,0xe5,0xe6,0xe7,0xe8,0xe9,0xea,0xf2,0xf3,0xf4,0xf5,0xf6,0xf7,0xf8,0xf9,0xfa };
#define BE16(v) w8(b, (v) >> 8), w8(b, (v) & 255)
	BE16(0xffd8);
	BE16(0xffe0); BE16(16); memcpy(b->p + b->n, "JFIF\0\1\1\0\0\1\0\1\0", 14); b->n += 14;
	BE16(0xffdb); BE16(67); w8(b, 0); memset(b->p + b->n, 8, 64); b->n += 64;
	BE16(0xffc0); BE16(17); w8(b, 8); BE16(m->h); BE16(m->w); w8(b, 3);
	w8(b, 1); w8(b, 0x21); w8(b, 0); w8(b, 2); w8(b, 0x11); w8(b, 0); w8(b, 3); w8(b, 0x11); w8(b, 0);
	for (int t = 0; t < 2; t++) {
		BE16(0xffc4); BE16(2 + 1 + 16 + 12); w8(b, t); memcpy(b->p + b->n, t ? dcb2 : dcb, 16); b->n += 16;
		for (int i = 0; i < 12; i++) w8(b, i);
		BE16(0xffc4); BE16(2 + 1 + 178); w8(b, 0x10 | t); memcpy(b->p + b->n, t ? acc : acl, 178); b->n += 178;
	}
	BE16(0xffdd); BE16(4); BE16(m->cw);
	BE16(0xffda); BE16(12); w8(b, 3); w8(b, 1); w8(b, 0); w8(b, 2); w8(b, 0x11); w8(b, 3); w8(b, 0x11); w8(b, 0); w8(b, 63); w8(b, 0);
}

static void free_picture(struct cam *m)
{
	for (int y = 0; y < m->ch; y++) if (m->rows) free(m->rows[y].enc);
	free(m->rows); free(m->base); free(m->cells); free(m->prev); free(m->fb);
	m->rows = NULL; m->base = m->cells = m->prev = NULL; m->fb = NULL;
}

/* As most webcams send it: every decoder is to know the standard tables. */
static void strip_huffman(struct cam *m)
{
	for (int i = 2; i + 4 <= m->fblen && m->fb[i] == 0xff && m->fb[i + 1] != 0xda;) {
		int n = 2 + (m->fb[i + 2] << 8 | m->fb[i + 3]);
		if (m->fb[i + 1] != 0xc4) { i += n; continue; }
		memmove(m->fb + i, m->fb + i + n, m->fblen - i - n);
		m->fblen -= n;
	}
}

static void make_frame(struct cam *m)
{
	if (m->dirty) draw_base(m);
	m->frameno++;
	draw_frame(m);
	if (m->mjpeg) {
		struct buf b = { m->fb, 0 };
		jpeg_head(m, &b);
		for (int y = 0; y < m->ch; y++) {
			if (!m->rows[y].len || memcmp(m->cells + y * m->cw, m->prev + y * m->cw, m->cw * 4)) enc_row(m, y);
			if (y) { w8(&b, 0xff); w8(&b, 0xd0 | ((y - 1) & 7)); }
			memcpy(b.p + b.n, m->rows[y].enc, m->rows[y].len); b.n += m->rows[y].len;
		}
		w8(&b, 0xff); w8(&b, 0xd9);
		m->fblen = b.n;
		memcpy(m->prev, m->cells, m->cw * m->ch * 4);
	} else {
		for (int y = 0; y < m->ch; y++) {
			if (m->rows[y].len && !memcmp(m->cells + y * m->cw, m->prev + y * m->cw, m->cw * 4)) continue;
			m->rows[y].len = 1;
			uint32_t *o = (uint32_t *)(m->fb + (size_t)y * 8 * m->w * 2);
			for (int x = 0; x < m->cw; x++) {
				uint32_t c = m->cells[y * m->cw + x];      /* to limited range */
				uint32_t Y = 16 + (c >> 16 & 255) * 219 / 255, B = 128 + ((int)(c >> 8 & 255) - 128) * 224 / 255,
				         R = 128 + ((int)(c & 255) - 128) * 224 / 255;
				uint32_t px = Y | B << 8 | Y << 16 | R << 24;
				for (int i = 0; i < 8; i++) *o++ = px;
			}
			for (int i = 1; i < 8; i++)
				memcpy(m->fb + ((size_t)y * 8 + i) * m->w * 2, m->fb + (size_t)y * 8 * m->w * 2, m->w * 2);
		}
		memcpy(m->prev, m->cells, m->cw * m->ch * 4);
		m->fblen = m->w * m->h * 2;
	}
	m->frm_err = false;
	if (m->corrupt_n) {
		if (m->corrupt_n > 0) m->corrupt_n--;
		if (!strcmp(m->corrupt, "truncate")) m->fblen /= 2;
		else if (!strcmp(m->corrupt, "empty")) m->fblen = 0;
		else if (!strcmp(m->corrupt, "error")) m->frm_err = true;
		else if (!strcmp(m->corrupt, "nohuffman")) { if (m->mjpeg) strip_huffman(m); }
		else if (!strcmp(m->corrupt, "header")) memset(m->fb, 0xaa, m->fblen < 512 ? m->fblen : 512);
		else for (int i = m->fblen / 4, r = m->frameno * 2654435761u; i < m->fblen * 3 / 4; i++)
			m->fb[i] = (r = r * 1103515245 + 12345) >> 16;
		for (int y = 0; y < m->ch; y++) m->rows[y].len = 0;
	}
	m->fbpos = 0; m->infrm = true; m->fid ^= 1;
	m->stat_frames++;
}

/* ------------------------------------------------------------------ streams */
static void stream_stop(struct cam *m)
{
	if (m->active) logf_(m, "stream off");
	m->active = false; m->infrm = false;
}
static void stream_start(struct cam *m)
{
	int fi = m->commit[2], ri = m->commit[3];
	if (fi < 1 || fi > m->nfmt || ri < 1 || ri > m->fmts[fi - 1].nfr) return;
	const struct format *f = &m->fmts[fi - 1];
	const struct frame *r = &f->fr[ri - 1];
	uint32_t iv; memcpy(&iv, m->commit + 4, 4); iv = le32toh(iv);
	free_picture(m);
	m->mjpeg = f->mjpeg; m->w = r->w; m->h = r->h; m->cw = r->w / 16; m->ch = r->h / 8;
	m->interval_ns = iv * 100LL;
	m->base = calloc(m->cw * m->ch, 4); m->cells = calloc(m->cw * m->ch, 4); m->prev = calloc(m->cw * m->ch, 4);
	m->rows = calloc(m->ch, sizeof(*m->rows));
	for (int y = 0; y < m->ch; y++) m->rows[y].enc = m->mjpeg ? malloc(m->cw * 4 * 6 + 16) : NULL;
	m->fb = malloc(m->w * m->h * 2 + 4096);
	m->dirty = true; m->active = true; m->infrm = false; m->due = now_ns() + m->interval_ns;
	logf_(m, "stream on %s %dx%d %d fps", m->mjpeg ? "MJPG" : "YUYV", m->w, m->h, (int)(10000000 / iv));
}

static bool send_all(struct cam *m, struct iovec *v, int n)
{
	while (n) {
		struct msghdr h = { .msg_iov = v, .msg_iovlen = n };
		ssize_t r = sendmsg(m->sock, &h, MSG_NOSIGNAL);
		if (r < 0) { if (errno == EINTR) continue; return false; }
		while (n && (size_t)r >= v->iov_len) { r -= v->iov_len; v++; n--; }
		if (n) { v->iov_base = (char *)v->iov_base + r; v->iov_len -= r; }
	}
	return true;
}
static bool ret_submit(struct cam *m, uint32_t seq, int status, const void *data, int actual, bool in,
                       const struct uip_iso *iso, int np)
{
	struct uip_hdr h = { .command = htonl(RET_SUBMIT), .seqnum = htonl(seq) };
	h.ret.status = htonl(status); h.ret.actual = htonl(actual); h.ret.npackets = htonl(np);
	struct iovec v[3] = { { &h, sizeof h } };
	int n = 1;
	if (in && actual) v[n++] = (struct iovec){ (void *)data, actual };
	if (np) v[n++] = (struct iovec){ (void *)iso, np * sizeof(*iso) };
	return send_all(m, v, n);
}

static uint8_t hdr_flags(struct cam *m, bool eof)
{
	return 0x80 | m->fid | (eof ? 2 : 0) | (m->frm_err ? 0x40 : 0);
}

/* Fill one queued video URB from the current frame and give it back. */
static bool fill_urb(struct cam *m, struct pend *p)
{
	static __thread uint8_t *out; static __thread int cap;
	if (cap < p->len) { free(out); out = malloc(cap = p->len); }
	int n = 0;
	if (!p->np) {                       /* bulk: one payload an URB */
		int d = m->fblen - m->fbpos; if (d > p->len - 2) d = p->len - 2;
		bool eof = m->fbpos + d == m->fblen;
		out[0] = 2; out[1] = hdr_flags(m, eof);
		memcpy(out + 2, m->fb + m->fbpos, d); n = d + 2; m->fbpos += d;
		if (eof) m->infrm = false;
		return ret_submit(m, p->seq, 0, out, n, true, NULL, 0);
	}
	struct uip_iso iso[MAX_NP]; uint32_t off = 0;
	for (int i = 0; i < p->np; i++) {
		int a = 0, room = p->plen[i]; if (room > psize(m, m->alt)) room = psize(m, m->alt);
		if (m->infrm) {
			int d = m->fblen - m->fbpos; if (d > room - 2) d = room - 2;
			bool eof = m->fbpos + d == m->fblen;
			out[n] = 2; out[n + 1] = hdr_flags(m, eof);
			memcpy(out + n + 2, m->fb + m->fbpos, d); m->fbpos += d; a = d + 2;
			if (eof) m->infrm = false;
		}
		iso[i] = (struct uip_iso){ htonl(off), htonl(p->plen[i]), htonl(a), 0 };
		off += p->plen[i]; n += a;
	}
	return ret_submit(m, p->seq, 0, out, n, true, iso, p->np);
}

static int control(struct cam *m, const uint8_t *s, uint8_t *d, int len);

/* Is this a request for one of the camera's controls (brightness, zoom, ...)?
 * The others are for descriptors, for the stream and for error codes. */
static bool for_control(const uint8_t *s) { return (s[0] & 0x60) == 0x20 && s[4] == 0 && s[5] != 0; }

/* Answers the requests on endpoint 0, one after the other, each when it is due.
 * Returns ns until the next is due, or -1 if none waits. */
static int64_t answer(struct cam *m)
{
	while (m->nreq && !m->hang) {
		struct req *q = &m->req[0];
		int64_t t = now_ns();
		if (!q->due) q->due = t + (for_control(q->setup) ? m->ctl_delay_ms * 1000000LL : 0);
		if (q->due > t) return q->due - t;
		int r = control(m, q->setup, q->data, q->len);
		if (r < 0) ret_submit(m, q->seq, r, NULL, 0, q->in, NULL, 0);
		else ret_submit(m, q->seq, 0, q->data, r < q->len ? r : q->len, q->in, NULL, 0);
		memmove(m->req, m->req + 1, --m->nreq * sizeof(m->req[0]));
	}
	return -1;
}

/* Sends what is to be sent: events and frames. Returns ns until there is
 * something to do, or -1 for "wait for an event". */
static int64_t pump(struct cam *m)
{
	if (m->status_pend && m->nev) {
		m->status_pend = false;
		ret_submit(m, m->status_seq, 0, m->evq[0], m->evlen[0], true, NULL, 0);
		m->nev--; memmove(m->evq, m->evq + 1, sizeof(m->evq) - sizeof(m->evq[0]));
		memmove(m->evlen, m->evlen + 1, sizeof(m->evlen) - sizeof(m->evlen[0]));
	}
	if (!m->active || m->hang) return -1;
	while (m->npend) {
		if (!m->infrm) {
			if (m->freeze) return -1;
			int64_t t = now_ns();
			if (t < m->due) return m->due - t;
			make_frame(m);
			int64_t iv = m->interval_ns + m->slow_ms * 1000000LL;
			m->due += iv;
			if (m->due < t - iv) m->due = t;         /* too slow: drop, do not queue up */
		}
		struct pend p = m->pend[0];
		m->npend--; memmove(m->pend, m->pend + 1, m->npend * sizeof(m->pend[0]));
		if (!fill_urb(m, &p)) return -1;
	}
	return -1;
}

/* ----------------------------------------------------------------- requests */
#define STALL (-EPIPE)
enum { ERR_NONE, ERR_NOTREADY, ERR_STATE, ERR_POWER, ERR_RANGE, ERR_UNIT, ERR_CONTROL, ERR_REQUEST };

static void push_event(struct cam *m, struct ctrl *c)
{
	if (m->nev == 16) return;
	uint8_t *e = m->evq[m->nev];
	e[0] = 1; e[1] = c->unit; e[2] = 0; e[3] = c->cs; e[4] = 0;    /* control, value change */
	int n = c->len < 3 ? c->len : 3;                                /* event buffer is 8 bytes */
	uint32_t v = htole32(c->v[0].cur); memcpy(e + 5, &v, n);
	m->evlen[m->nev++] = 5 + n;
}

static void put_vals(struct ctrl *c, uint8_t *out, size_t field)
{
	int fl = c->v[1].name ? c->len / 2 : c->len;
	for (int i = 0; i * fl < c->len; i++) {
		uint32_t v = htole32(*(int32_t *)((char *)&c->v[i] + field));
		memcpy(out + i * fl, &v, fl);
	}
}

static int ctrl_req(struct cam *m, uint8_t req, struct ctrl *c, uint8_t *d, int len)
{
	if (c->stall || m->stall_all) { m->last_err = c->stall ? c->stall : m->stall_all; return STALL; }
	switch (req) {
	case 0x01: {
		if (!(c->info & 2)) { m->last_err = ERR_REQUEST; return STALL; }
		if (len != c->len) { m->last_err = ERR_RANGE; return STALL; }
		int fl = c->v[1].name ? len / 2 : len;
		int32_t nv[2];
		for (int i = 0; i * fl < len; i++) {
			struct val *v = &c->v[i];
			uint32_t u = 0; memcpy(&u, d + i * fl, fl); u = le32toh(u);
			nv[i] = fl == 4 ? (int32_t)u : fl == 2 && v->min < 0 ? (int16_t)u : (int32_t)u;
			bool bad = nv[i] < v->min || nv[i] > v->max;
			if (c->unit == UNIT_CT && c->cs == 0x02) bad = !(nv[i] & v->res) || (nv[i] & (nv[i] - 1));
			if (bad) { m->last_err = ERR_RANGE; logf_(m, "SET %s %d refused", v->name, nv[i]); return STALL; }
		}
		for (int i = 0; i * fl < len; i++) {
			c->v[i].cur = nv[i];
			logf_(m, "SET %s %d", c->v[i].name, nv[i]);
		}
		m->stat_setcur++; m->dirty = true;
		return len;
	}
	case 0x81: put_vals(c, d, offsetof(struct val, cur)); return c->len;
	case 0x82: put_vals(c, d, offsetof(struct val, min)); return c->len;
	case 0x83: put_vals(c, d, offsetof(struct val, max)); return c->len;
	case 0x84: put_vals(c, d, offsetof(struct val, res)); return c->len;
	case 0x87: put_vals(c, d, offsetof(struct val, def)); return c->len;
	case 0x85: d[0] = c->len; d[1] = 0; return 2;
	case 0x86: d[0] = c->info; return 1;
	}
	m->last_err = ERR_REQUEST;
	return STALL;
}

static void fix_probe(struct cam *m, uint8_t *p)
{
	if (p[2] < 1 || p[2] > m->nfmt) p[2] = 1;
	const struct format *f = &m->fmts[p[2] - 1];
	if (p[3] < 1 || p[3] > f->nfr) p[3] = 1;
	const struct frame *r = &f->fr[p[3] - 1];
	uint32_t iv, best = 0; memcpy(&iv, p + 4, 4); iv = le32toh(iv);
	for (int k = 0; k < 4 && r->fps[k]; k++) {
		uint32_t c = 10000000 / r->fps[k];
		if (!best || (iv && llabs((int64_t)c - iv) < llabs((int64_t)best - iv))) best = c;
	}
	struct buf b = { p, 4 };
	w32(&b, best); w16(&b, 0); w16(&b, 0); w16(&b, 0); w16(&b, 0); w16(&b, 0);
	w32(&b, frame_size(r)); w32(&b, m->bulk ? 16384 : 3072); w32(&b, 48000000);
	w8(&b, 0); w8(&b, 0); w8(&b, 0); w8(&b, 0);
}

static int class_req(struct cam *m, const uint8_t *s, uint8_t *d, int len)
{
	int cs = s[3], iface = s[4], unit = s[5], req = s[1];
	if (iface == 1 && (cs == 1 || cs == 2)) {
		uint8_t *p = cs == 1 ? m->probe : m->commit;
		switch (req) {
		case 0x01:
			memset(p, 0, 34); memcpy(p, d, len > 34 ? 34 : len); fix_probe(m, p);
			if (cs == 2) {
				m->committed = true;
				if (m->bulk) { stream_stop(m); stream_start(m); }
			}
			return len;
		case 0x81: memcpy(d, p, 34); return 34;
		case 0x82: case 0x83: case 0x87: memset(d, 0, 34); d[2] = p[2]; d[3] = p[3]; fix_probe(m, d); return 34;
		case 0x85: d[0] = 34; d[1] = 0; return 2;
		case 0x86: d[0] = 3; return 1;
		}
		return STALL;
	}
	if (iface == 0 && unit == 0 && cs == 2) {         /* request error code */
		if (req == 0x81) { d[0] = m->last_err; return 1; }
		if (req == 0x86) { d[0] = 1; return 1; }
		return STALL;
	}
	if (iface == 0)
		for (int i = 0; i < m->nctrls; i++)
			if (m->c[i].unit == unit && m->c[i].cs == cs) {
				int r = ctrl_req(m, req, &m->c[i], d, len);
				if (r >= 0) m->last_err = ERR_NONE;
				return r;
			}
	m->last_err = ERR_CONTROL;
	return STALL;
}

static int control(struct cam *m, const uint8_t *s, uint8_t *d, int len)
{
	int val = s[2] | s[3] << 8;
	if ((s[0] & 0x60) == 0x20) return class_req(m, s, d, len);
	if ((s[0] & 0x60) != 0) return STALL;
	switch (s[1]) {
	case 0: d[0] = d[1] = 0; return 2;                /* GET_STATUS */
	case 1:                                            /* CLEAR_FEATURE */
		if ((s[0] & 0x1f) == 2 && s[4] == (0x80 | EP_VIDEO) && m->bulk) stream_stop(m);
		return 0;
	case 3: case 5: return 0;
	case 6:
		if (val >> 8 == 1) return dev_desc(m, d);
		if (val >> 8 == 2) return cfg_desc(m, d);
		if (val >> 8 == 3) { int r = str_desc(m, val & 255, d); return r < 0 ? STALL : r; }
		return STALL;
	case 8: d[0] = m->config; return 1;
	case 9: m->config = val; m->alt = 0; stream_stop(m); return 0;
	case 10: d[0] = s[4] == 1 ? m->alt : 0; return 1;
	case 11:
		if (s[4] == 1 && !m->bulk) {
			m->alt = val;
			stream_stop(m);
			if (val && m->committed) stream_start(m);
		}
		return 0;
	}
	return STALL;
}

static bool read_all(int fd, void *p, size_t n)
{
	while (n) {
		ssize_t r = read(fd, p, n);
		if (r < 0 && errno == EINTR) continue;
		if (r <= 0) return false;
		p = (char *)p + r; n -= r;
	}
	return true;
}

static bool handle(struct cam *m)
{
	struct uip_hdr h;
	if (!read_all(m->sock, &h, sizeof h)) return false;
	uint32_t seq = ntohl(h.seqnum), ep = ntohl(h.ep); bool in = ntohl(h.direction);
	if (ntohl(h.command) == CMD_UNLINK) {
		uint32_t u = ntohl(h.unlink.seqnum); int st = 0;
		for (int i = 0; i < m->npend; i++)
			if (m->pend[i].seq == u) {
				memmove(m->pend + i, m->pend + i + 1, (--m->npend - i) * sizeof(m->pend[0]));
				st = -ECONNRESET; break;
			}
		for (int i = 0; i < m->nreq; i++)
			if (m->req[i].seq == u) {             /* given up: the request has no effect */
				memmove(m->req + i, m->req + i + 1, (--m->nreq - i) * sizeof(m->req[0]));
				st = -ECONNRESET; break;
			}
		if (m->status_pend && m->status_seq == u) { m->status_pend = false; st = -ECONNRESET; }
		struct uip_hdr r = { .command = htonl(RET_UNLINK), .seqnum = htonl(seq) };
		r.runlink.status = htonl(st);
		struct iovec v = { &r, sizeof r };
		return send_all(m, &v, 1);
	}
	if (ntohl(h.command) != CMD_SUBMIT) return false;
	int len = ntohl(h.cmd.len), np = ntohl(h.cmd.npackets);
	if (ep == 0) {
		if (m->nreq == MAX_REQ || len < 0 || len > (int)sizeof m->req[0].data) return false;
		struct req *q = &m->req[m->nreq];
		memset(q, 0, sizeof *q);
		q->seq = seq; q->len = len; q->in = in;
		memcpy(q->setup, h.cmd.setup, sizeof q->setup);
		if (!in && len && !read_all(m->sock, q->data, len)) return false;
		/* never answered: the host times out */
		if (m->hang || (m->hang_controls && for_control(q->setup))) return true;
		m->nreq++;                                    /* cam_thread calls answer() next */
		return true;
	}
	if (!in) {
		char t[4096];
		while (len > 0) { int k = len > (int)sizeof t ? (int)sizeof t : len; if (!read_all(m->sock, t, k)) return false; len -= k; }
		return ret_submit(m, seq, STALL, NULL, 0, false, NULL, 0);
	}
	if (ep == EP_STATUS) {
		m->status_pend = true; m->status_seq = seq;
		return true;
	}
	if (np < 0 || np > MAX_NP) np = 0;
	struct pend p = { .seq = seq, .len = len, .np = np };
	if (np) {
		struct uip_iso iso[MAX_NP];
		if (!read_all(m->sock, iso, np * sizeof(iso[0]))) return false;
		for (int i = 0; i < np; i++) p.plen[i] = ntohl(iso[i].length);
	}
	if (m->npend == MAX_PEND) return false;
	if (m->bulk && !m->active && m->committed) stream_start(m);
	m->pend[m->npend++] = p;
	return true;
}

static void *cam_thread(void *arg)
{
	struct cam *m = arg;
	pthread_mutex_lock(&m->lock);
	for (;;) {
		int64_t w = -1;
		if (m->sock >= 0) {
			int64_t a = answer(m), p = pump(m);
			w = a < 0 ? p : p < 0 || a < p ? a : p;
		}
		struct pollfd f[2] = { { m->wake, POLLIN, 0 }, { m->sock, POLLIN, 0 } };
		struct timespec ts = { w / 1000000000, w % 1000000000 };
		int n = m->sock >= 0 ? 2 : 1;
		pthread_mutex_unlock(&m->lock);
		ppoll(f, n, w >= 0 ? &ts : NULL, NULL);
		pthread_mutex_lock(&m->lock);
		if (f[0].revents) { uint64_t x; if (read(m->wake, &x, 8) < 0) {} }
		bool gone = m->unplug_req;
		if (!gone && n == 2 && f[1].revents && !handle(m)) gone = true;
		if (gone && m->sock >= 0) {
			stream_stop(m);
			shutdown(m->sock, SHUT_RDWR); close(m->sock); m->sock = -1;
			m->npend = m->nreq = 0; m->status_pend = false; m->nev = 0; m->committed = false; m->alt = m->config = 0;
			logf_(m, "unplugged");
		}
		m->unplug_req = false;
	}
	return NULL;
}

/* ------------------------------------------------------- plug, unplug, nodes */
static int node_of(struct cam *m, char *out, size_t n)    /* how many video nodes; the capture node in out */
{
	glob_t g; char pat[256]; int k = 0;
	if (out) *out = 0;
	snprintf(pat, sizeof pat, VHCI "/usb*/*-%d/*/video4linux/video*", m->port + 1);
	if (glob(pat, 0, NULL, &g)) return 0;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		char p[512], dev[64]; snprintf(p, sizeof p, "%s/index", g.gl_pathv[i]);
		snprintf(dev, sizeof dev, "/dev/%s", strrchr(g.gl_pathv[i], '/') + 1);
		if (access(dev, F_OK)) continue;
		k++;
		FILE *f = fopen(p, "r"); int idx = -1;
		if (f) { if (fscanf(f, "%d", &idx) != 1) idx = -1; fclose(f); }
		if (idx == 0 && out) snprintf(out, n, "%s", dev);
	}
	globfree(&g);
	return k;
}

static int plug(struct cam *m)
{
	int sv[2], r = -1, e = 0, big = 1 << 20; char cmd[64];
	pthread_mutex_lock(&m->lock);
	if (m->sock >= 0) { pthread_mutex_unlock(&m->lock); return -EALREADY; }
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv)) { pthread_mutex_unlock(&m->lock); return -errno; }
	setsockopt(sv[0], SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof big);
	for (int i = 0; i < m->nctrls; i++)                    /* power-on defaults */
		for (int k = 0; k < 2; k++) m->c[i].v[k].cur = m->c[i].v[k].def;
	memset(m->probe, 0, sizeof m->probe); fix_probe(m, m->probe); memcpy(m->commit, m->probe, sizeof m->commit);
	m->sock = sv[0];
	logf_(m, "plugged");
	pthread_mutex_unlock(&m->lock);
	snprintf(cmd, sizeof cmd, "%d %d %d %d", m->port, sv[1], 0x10001 + m->port, SPEED_HIGH);
	for (int i = 0; i < 250 && r < 0; i++) {                /* the port may still be closing */
		int fd = open(VHCI "/attach", O_WRONLY);
		if (fd < 0) { e = errno; break; }
		r = write(fd, cmd, strlen(cmd)); e = errno; close(fd);
		if (r < 0) { if (e != EBUSY) break; usleep(20000); }
	}
	close(sv[1]);
	uint64_t one = 1;
	if (r < 0) { m->unplug_req = true; if (write(m->wake, &one, 8) < 0) {} return -e; }
	if (write(m->wake, &one, 8) < 0) {}
	return 0;
}

static bool wait_nodes(struct cam *m, bool present, int ms)
{
	for (int t = 0; t <= ms; t += 10) {
		int k = node_of(m, NULL, 0);
		if (present ? k >= 2 : k == 0) return true;
		usleep(10000);
	}
	return false;
}

/* ------------------------------------------------------------ control socket */
static struct cam *by_id(const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(cams); i++) if (!strcmp(cams[i].id, id)) return &cams[i];
	return NULL;
}
static bool onoff(const char *s, bool *v)
{
	if (!s || !strcmp(s, "on") || !strcmp(s, "1")) *v = true;
	else if (!strcmp(s, "off") || !strcmp(s, "0")) *v = false;
	else return false;
	return true;
}

static void run_cmd(FILE *o, char **a, int n)
{
	char dev[64]; bool b;
	uint64_t one = 1;
	if (n == 0 || !strcmp(a[0], "list")) {
		fprintf(o, "OK\n");
		for (size_t i = 0; i < ARRAY_LEN(cams); i++) {
			struct cam *m = &cams[i];
			node_of(m, dev, sizeof dev);
			fprintf(o, "%s %s %s %s\n", m->id, m->sock >= 0 ? "plugged" : "unplugged", *dev ? dev : "-", m->product);
		}
		return;
	}
	struct cam *m = n > 1 ? by_id(a[1]) : NULL;
	if (!m) { fprintf(o, "ERR no such camera\n"); return; }
	if (!strcmp(a[0], "plug")) {
		int r = plug(m);
		if (r) { fprintf(o, "ERR plug: %s\n", strerror(-r)); return; }
		if (!wait_nodes(m, true, 20000)) { fprintf(o, "ERR no /dev/video node appeared in 20 s\n"); return; }
		node_of(m, dev, sizeof dev); fprintf(o, "OK\n%s\n", dev);
		return;
	}
	if (!strcmp(a[0], "unplug")) {
		if (m->sock < 0) { fprintf(o, "ERR not plugged\n"); return; }
		m->unplug_req = true; if (write(m->wake, &one, 8) < 0) {}
		fprintf(o, wait_nodes(m, false, 20000) ? "OK\n" : "ERR the /dev/video node is still there after 20 s\n");
		return;
	}
	if (!strcmp(a[0], "node")) {
		node_of(m, dev, sizeof dev);
		if (*dev) fprintf(o, "OK\n%s\n", dev); else fprintf(o, "ERR not plugged\n");
		return;
	}
	pthread_mutex_lock(&m->lock);
	const char *err = NULL;
	if (!strcmp(a[0], "freeze")) { if (onoff(a[2], &b)) { m->freeze = b; m->due = now_ns(); } else err = "on or off"; }
	else if (!strcmp(a[0], "hang")) { if (onoff(a[2], &b)) m->hang = b; else err = "on or off"; }
	else if (!strcmp(a[0], "hang-controls")) { if (onoff(a[2], &b)) m->hang_controls = b; else err = "on or off"; }
	else if (!strcmp(a[0], "slow")) { if (n > 2) m->slow_ms = atoi(a[2]); else err = "slow CAM MS"; }
	else if (!strcmp(a[0], "ctl-delay")) { if (n > 2) m->ctl_delay_ms = atoi(a[2]); else err = "ctl-delay CAM MS"; }
	else if (!strcmp(a[0], "corrupt")) {
		static const char *const modes[] = { "truncate", "garbage", "header", "empty", "error", "nohuffman" };
		size_t i; for (i = 0; i < ARRAY_LEN(modes); i++) if (n > 2 && !strcmp(a[2], modes[i])) break;
		if (n > 2 && !strcmp(a[2], "off")) m->corrupt_n = 0;
		else if (i == ARRAY_LEN(modes)) err = "corrupt CAM truncate|garbage|header|empty|error|nohuffman [COUNT, -1 for ever] or off";
		else { snprintf(m->corrupt, sizeof m->corrupt, "%s", a[2]); m->corrupt_n = n > 3 ? atoi(a[3]) : 1; }
	} else if (!strcmp(a[0], "stall")) {
		struct ctrl *c = NULL; int code = ERR_REQUEST;
		if (n > 3 && !strcmp(a[3], "off")) code = 0;
		else if (n > 3 && strcmp(a[3], "on")) code = atoi(a[3]);
		if (n < 3 || code < 0 || code > 8) err = "stall CAM CONTROL|all [on|off|CODE]";
		else if (!strcmp(a[2], "all")) { m->stall_all = code; if (!code) for (int i = 0; i < m->nctrls; i++) m->c[i].stall = 0; }
		else if (find_val(m, a[2], &c)) c->stall = code;
		else err = "no such control";
	} else if (!strcmp(a[0], "set")) {
		struct ctrl *c = NULL; struct val *v = n > 3 ? find_val(m, a[2], &c) : NULL;
		if (!v) err = "set CAM CONTROL VALUE";
		else { v->cur = atoi(a[3]); m->dirty = true; push_event(m, c); }
	} else if (!strcmp(a[0], "get")) {
		fprintf(o, "OK\n");
		for (int i = 0; i < m->nctrls; i++) for (int k = 0; k < 2; k++) {
			struct val *v = &m->c[i].v[k];
			if (!v->name || (n > 2 && strcmp(a[2], v->name))) continue;
			if (n > 2) fprintf(o, "%d\n", v->cur);
			else fprintf(o, "%s=%d (min %d max %d step %d default %d)%s\n", v->name, v->cur, v->min, v->max, v->res, v->def, m->c[i].stall ? " stalled" : "");
		}
		pthread_mutex_unlock(&m->lock); return;
	} else if (!strcmp(a[0], "status")) {
		fprintf(o, "OK\nplugged=%d streaming=%d", m->sock >= 0, m->active);
		if (m->active) fprintf(o, " format=%s %dx%d interval_us=%d", m->mjpeg ? "MJPG" : "YUYV", m->w, m->h, (int)(m->interval_ns / 1000));
		fprintf(o, "\nframes=%llu frame_number=%u set_cur=%llu\n", (unsigned long long)m->stat_frames, m->frameno, (unsigned long long)m->stat_setcur);
		fprintf(o, "freeze=%d hang=%d hang_controls=%d slow_ms=%d ctl_delay_ms=%d corrupt=%d stall_all=%d\n", m->freeze, m->hang, m->hang_controls, m->slow_ms, m->ctl_delay_ms, m->corrupt_n, m->stall_all);
		pthread_mutex_unlock(&m->lock); return;
	} else if (!strcmp(a[0], "log")) {
		fprintf(o, "OK\n");
		for (int i = 0; i < m->nlog; i++) fprintf(o, "%s\n", m->log[i]);
		if (n > 2 && !strcmp(a[2], "clear")) m->nlog = 0;
		pthread_mutex_unlock(&m->lock); return;
	} else if (!strcmp(a[0], "reset")) {
		m->freeze = m->hang = m->hang_controls = false; m->stall_all = 0; m->slow_ms = m->ctl_delay_ms = m->corrupt_n = 0;
		for (int i = 0; i < m->nctrls; i++) m->c[i].stall = 0;
		m->due = now_ns();
	} else err = "unknown command; see camera-ctl help";
	if (write(m->wake, &one, 8) < 0) {}
	pthread_mutex_unlock(&m->lock);
	if (err) fprintf(o, "ERR %s\n", err); else fprintf(o, "OK\n");
}

static void *client_thread(void *arg)
{
	int fd = (int)(intptr_t)arg;
	FILE *f = fdopen(fd, "r+"); char line[1024];
	if (fgets(line, sizeof line, f)) {
		char *a[16] = { 0 }; int n = 0;
		for (char *t = strtok(line, " \n"); t && n < 15; t = strtok(NULL, " \n")) a[n++] = t;
		fseek(f, 0, SEEK_CUR);
		run_cmd(f, a, n);
	}
	fclose(f);
	return NULL;
}

static const char usage[] =
"camera-ctl list                         cameras and their /dev/video nodes\n"
"camera-ctl node CAM                     the capture node of a camera\n"
"camera-ctl plug CAM                     plug in; waits for and prints the node\n"
"camera-ctl unplug CAM                   unplug; waits until the node is gone\n"
"camera-ctl status CAM                   streaming state, counters, faults\n"
"camera-ctl log CAM [clear]              what the host asked of the camera\n"
"camera-ctl get CAM [CONTROL]            values inside the camera\n"
"camera-ctl set CAM CONTROL VALUE        change a value from the camera's side (sends an event)\n"
"camera-ctl freeze CAM [on|off]          no more frames; controls still work\n"
"camera-ctl hang CAM [on|off]            no frames and no answers at all\n"
"camera-ctl hang-controls CAM [on|off]   requests for controls are never answered; frames go on\n"
"camera-ctl slow CAM MS                  MS more between two frames\n"
"camera-ctl corrupt CAM truncate|garbage|header|empty|error|nohuffman [COUNT|-1]   or: corrupt CAM off\n"
"camera-ctl stall CAM CONTROL|all [on|off|CODE]   requests for the control fail; CODE 1 to 8 is\n"
"                                        the UVC error code the camera gives (default 7)\n"
"camera-ctl ctl-delay CAM MS             every control request takes MS longer; frames go on\n"
"camera-ctl reset CAM                    end all faults\n";

static int client(int argc, char **argv)
{
	if (argc < 2 || !strcmp(argv[1], "help") || !strcmp(argv[1], "--help")) { fputs(usage, argc < 2 ? stderr : stdout); return argc < 2 ? 2 : 0; }
	struct sockaddr_un s = { .sun_family = AF_UNIX, .sun_path = CTL_SOCK };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(fd, (void *)&s, sizeof s)) { fprintf(stderr, "camera-ctl: %s: %s\n", CTL_SOCK, strerror(errno)); return 1; }
	FILE *f = fdopen(fd, "r+"); char line[1024];
	for (int i = 1; i < argc; i++) fprintf(f, "%s%s", argv[i], i + 1 < argc ? " " : "\n");
	fflush(f);
	if (!fgets(line, sizeof line, f)) { fprintf(stderr, "camera-ctl: no answer\n"); return 1; }
	if (strncmp(line, "OK", 2)) { fprintf(stderr, "camera-ctl: %s", line + (strncmp(line, "ERR ", 4) ? 0 : 4)); return 1; }
	while (fgets(line, sizeof line, f)) fputs(line, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	const char *base = strrchr(argv[0], '/'); base = base ? base + 1 : argv[0];
	if (!strcmp(base, "camera-ctl")) return client(argc, argv);

	for (size_t i = 0; i < ARRAY_LEN(cams); i++) {
		struct cam *m = &cams[i];
		pthread_mutex_init(&m->lock, NULL);
		m->sock = -1; m->port = i; m->wake = eventfd(0, EFD_CLOEXEC);
		memcpy(m->c, m->ctrls_init, m->nctrls * sizeof(struct ctrl));
		pthread_create(&m->thr, NULL, cam_thread, m);
	}
	struct sockaddr_un s = { .sun_family = AF_UNIX, .sun_path = CTL_SOCK };
	int l = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unlink(CTL_SOCK);
	if (bind(l, (void *)&s, sizeof s) || listen(l, 8)) { perror(CTL_SOCK); return 1; }
	chmod(CTL_SOCK, 0666);
	if (argc > 2 && !strcmp(argv[1], "-n")) {
		char *p = strdup(argv[2]);
		for (char *t = strtok(p, ","); t; t = strtok(NULL, ",")) {
			struct cam *m = by_id(t);
			int r = m ? plug(m) : -ENODEV;
			if (r) { fprintf(stderr, "uvcsim: %s: %s\n", t, strerror(-r)); return 1; }
			/* one after the other, so that /dev/video numbers follow the order asked for */
			if (!wait_nodes(m, true, 60000)) { fprintf(stderr, "uvcsim: %s: no /dev/video node after 60 s\n", t); return 1; }
		}
	}
	puts("ready"); fflush(stdout);
	for (;;) {
		int c = accept4(l, NULL, NULL, SOCK_CLOEXEC);
		if (c < 0) continue;
		pthread_t t;
		if (pthread_create(&t, NULL, client_thread, (void *)(intptr_t)c)) close(c); else pthread_detach(t);
	}
}

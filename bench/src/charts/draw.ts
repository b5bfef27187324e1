import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { loadPeer } from '../peer.js'
import type { Record } from '../record.js'
import { allCharts } from './all-charts.js'
import type { Chart } from './chart.js'

/** Twice the width that README.md shows, for screens with fine pixels. */
const PNG_WIDTH = 1600
const FONT = 'DejaVu Sans'
const FONT_FILES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf']

/** The look of all of them. White, since a transparent one could not be read in dark surroundings. */
const CONFIG = {
  background: '#ffffff',
  padding: 14,
  font: `${FONT}, Verdana, Helvetica, sans-serif`,
  title: { anchor: 'start', fontSize: 15, offset: 10 },
  axis: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal', gridColor: '#e6e6e6' },
  axisY: { labelLimit: 600 },
  legend: { labelFontSize: 11, symbolSize: 60 },
  view: { stroke: '#cccccc' },
}

/** Draws them into an empty directory, each as SVG and as PNG. */
export async function drawCharts(record: Record, directory: string): Promise<readonly Chart[]> {
  const charts = allCharts(record)
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  const subtitle = `${record.machine.at.slice(0, 10)}, ${record.machine.cpus} x ${record.machine.cpu}, Node ${record.machine.node}`
  for (const chart of charts) {
    const svg = await render(chart, subtitle)
    await writeFile(join(directory, `${chart.id}.svg`), svg)
    await writeFile(join(directory, `${chart.id}.png`), await rasterize(svg))
  }
  return charts
}

async function render({ title, spec }: Chart, subtitle: string): Promise<string> {
  const { compile } = await loadPeer<VegaLiteModule>('vega-lite')
  const { parse, View } = await loadPeer<VegaModule>('vega')
  const titled = { text: title, subtitle, subtitleColor: '#666666', subtitleFontSize: 10 }
  const compiled = compile({ ...spec, title: titled, config: CONFIG })
  return await new View(parse(compiled.spec), { renderer: 'none' }).toSVG()
}

async function rasterize(svg: string): Promise<Uint8Array> {
  const { Resvg } = await loadPeer<ResvgModule>('@resvg/resvg-js')
  const fonts = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'width', value: PNG_WIDTH },
    font: {
      loadSystemFonts: false,
      defaultFontFamily: FONT,
      fontFiles: FONT_FILES.map((file) => join(fonts, '../ttf', file)),
    },
  })
  return drawing.render().asPng()
}

interface VegaLiteModule {
  compile(spec: object): { readonly spec: object }
}

interface VegaModule {
  parse(spec: object): unknown
  readonly View: new (
    runtime: unknown,
    options: { readonly renderer: 'none' },
  ) => { toSVG(): Promise<string> }
}

interface ResvgModule {
  readonly Resvg: new (
    svg: string,
    options: {
      readonly fitTo: { readonly mode: 'width'; readonly value: number }
      readonly font: {
        readonly loadSystemFonts: boolean
        readonly defaultFontFamily: string
        readonly fontFiles: readonly string[]
      }
    },
  ) => { render(): { asPng(): Uint8Array } }
}

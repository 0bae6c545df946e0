// Reads the structured reports and segmentations of an export as OHIF does, with the adapters of Cornerstone3D.
//   node read.mjs EXPORT_DIR IMAGES_DIR   prints what was read as one JSON object
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

// The adapters say what they stumble over on the console and go on. Here that is kept, and nothing is printed.
const trouble = [];
console.warn = console.error = (...said) => trouble.push(String(said.at(-1)));
console.log = console.info = console.debug = () => {};
const { adaptersSEG, adaptersSR } = await import("@cornerstonejs/adapters");
const { metaData } = await import("@cornerstonejs/core");
const { default: dcmjs } = await import("dcmjs");

const SR = "1.2.840.10008.5.1.4.1.1.88.";
const SEG = "1.2.840.10008.5.1.4.1.1.66.4";
const { DicomMessage, DicomMetaDictionary } = dcmjs.data;
const [exportFolder, imagesFolder] = process.argv.slice(2);

function read(folder) {
  const paths = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".dcm")).sort();
  return paths.map((name) => {
    const bytes = readFileSync(join(folder, name));
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const file = DicomMessage.readFile(buffer);
    const dataset = DicomMetaDictionary.naturalizeDataset(file.dict);
    dataset._meta = DicomMetaDictionary.namifyDataset(file.meta);
    return { name, buffer, dataset };
  });
}

const images = read(imagesFolder).map(({ dataset }) => dataset);
images.sort((a, b) => a.InstanceNumber - b.InstanceNumber);
const idOf = (dataset) => `image:${dataset.SOPInstanceUID}`;
const known = new Map(images.map((dataset) => [idOf(dataset), dataset]));

function provide(type, imageId) {
  const image = known.get(imageId);
  if (!image) return undefined;
  const orientation = image.ImageOrientationPatient.map(Number);
  const [row, column] = image.PixelSpacing.map(Number);
  switch (type) {
    case "imagePlaneModule":
      return {
        frameOfReferenceUID: image.FrameOfReferenceUID,
        rows: image.Rows,
        columns: image.Columns,
        rowCosines: orientation.slice(0, 3),
        columnCosines: orientation.slice(3),
        imageOrientationPatient: orientation,
        imagePositionPatient: image.ImagePositionPatient.map(Number),
        pixelSpacing: [row, column],
        rowPixelSpacing: row,
        columnPixelSpacing: column,
        sliceThickness: Number(image.SliceThickness),
      };
    case "imagePixelModule":
      return { bitsAllocated: 16, bitsStored: 16, highBit: 15, pixelRepresentation: 1, samplesPerPixel: 1,
               photometricInterpretation: "MONOCHROME2", rows: image.Rows, columns: image.Columns };
    case "generalSeriesModule":
      return { modality: image.Modality, seriesInstanceUID: image.SeriesInstanceUID,
               studyInstanceUID: image.StudyInstanceUID, seriesNumber: image.SeriesNumber };
    case "generalImageModule":
    case "sopCommonModule":
      return { sopInstanceUID: image.SOPInstanceUID, sopClassUID: image.SOPClassUID };
    case "instance":
      return image;
    case "frameNumber":
      return 1;
    default:
      return undefined;
  }
}
const provider = { get: provide };
metaData.addProvider(provide, 1000);

function calipers(dataset) {
  const { MeasurementReport } = adaptersSR.Cornerstone3D;
  const ids = Object.fromEntries(images.map((image) => [`${image.SOPInstanceUID}:1`, idOf(image)]));
  const state = MeasurementReport.generateToolState(dataset, ids, provider);
  return Object.entries(state).flatMap(([tool, found]) =>
    found.map(({ annotation, TrackingUniqueIdentifier }) => ({
      tool,
      uid: TrackingUniqueIdentifier,
      points: annotation.data.handles.points.map((point) => [...point]),
      stats: Object.values(annotation.data.cachedStats ?? {})[0],
      image: annotation.metadata?.referencedImageId,
    })),
  );
}

async function segments(dataset, buffer) {
  const imageIds = images.filter((image) => image.StudyInstanceUID === dataset.StudyInstanceUID).map(idOf);
  const { createFromDICOMSegBuffer } = adaptersSEG.Cornerstone3D.Segmentation;
  const found = await createFromDICOMSegBuffer(imageIds, buffer, { metadataProvider: provider });
  const voxels = {};
  for (const layer of found.labelMapImages)
    for (const image of layer)
      for (const value of image.voxelManager?.getScalarData() ?? image.getPixelData())
        if (value) voxels[value] = (voxels[value] ?? 0) + 1;
  return { voxels, labels: found.segMetadata.data.slice(1).map((one) => one?.SegmentLabel) };
}

const said = { reports: {}, segmentations: {}, trouble: {} };
for (const { name, dataset, buffer } of read(exportFolder)) {
  trouble.length = 0;
  if (dataset.SOPClassUID.startsWith(SR) && dataset.Modality === "SR") said.reports[name] = calipers(dataset);
  if (dataset.SOPClassUID === SEG) said.segmentations[name] = await segments(dataset, buffer);
  if (trouble.length) said.trouble[name] = [...trouble];
}
process.stdout.write(JSON.stringify(said));
process.exit(0);

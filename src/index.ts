/**
 * Everything a notebook, a script or a study calls, by one import. Plain functions on plain values: data first, then one
 * object of options. What computes is an option too, `engine`; without it the best engine that is there is opened, and a
 * study or a challenge brings its own. ModelArrays are `{ data, shape }`, row by row. Whatever is wrong is an error that names
 * file, value and what was expected: an {@link InputError}, or another {@link HashbookError}.
 *
 * A loss of one's own beside HashNet, on a folder of pictures with one subfolder a class:
 *
 * ```ts
 * import * as hb from "hashbook";
 *
 * const contrastive = hb.defineMethod({
 *   name: "contrastive",
 *   title: "Contrastive",
 *   options: { margin: { type: "number", minimum: 0, default: 16, description: "bits between classes" } },
 *   loss(codes, { similar, bits }, { margin }) {
 *     const products = hb.tf.matMul(codes, codes, false, true); // (batch, batch)
 *     const distances = hb.tf.mul(hb.tf.sub(bits, products), 0.5); // Hamming distance of codes of −1 and +1
 *     const short = hb.tf.relu(hb.tf.sub(margin, distances));
 *     return hb.tf.mean(hb.tf.where(hb.tf.greater(similar, 0), distances, short));
 *   },
 * });
 *
 * const dataset = await hb.openDataset("pictures");
 * const backbone = await hb.openBackbone("efficientnet-lite0");
 * const featureSet = await hb.extractFeatures(dataset, backbone, { strict: true });
 * const split = hb.hashingSplit(dataset, { queryPerClass: 5, trainPerClass: 20 });
 *
 * const data = { featureSet, split };
 * const own = await hb.runExperiment(data, { method: contrastive, bits: 32, epochs: 10 });
 * const hashnet = await hb.runExperiment(data, { method: "hashnet", bits: 32, epochs: 10 });
 * console.table(hb.resultRows([own.record, hashnet.record]));
 * ```
 *
 * Names come in groups: data, images, backbones and features, methods and training, codes, ranking and search, metrics
 * and evaluation, experiments, figures, notebook, challenge, engines, files and errors.
 *
 * @module hashbook
 */

import { registerKnownDisplays } from "./displays/known-displays.js";

// Data. Pictures with class names and labels, by the name of a dataset or the path of one's own, and which of them are
// queries, training rows and database. A manifest keeps a split with the ids of its images, so that another machine
// finds the same rows.

export { type OpenDatasetOptions, openDataset } from "./catalogue/open-dataset.js";
export { type Dataset, type DatasetSummary, datasetSummary, rowsByClass } from "./datasets/dataset.js";
export type { ImageInput, RawImage } from "./datasets/image-input.js";
export type { Contradiction, ListPlace, RepeatedLine } from "./datasets/known-images.js";
export type { ListFindings, MissingImage } from "./datasets/list-findings.js";
export type { ListCount } from "./datasets/listed-images.js";
export {
  type Manifest,
  type ManifestItem,
  type ManifestRole,
  manifestOf,
  readManifest,
  splitOf,
  writeManifest,
} from "./datasets/manifest.js";
export type { Oddity } from "./datasets/oddities.js";
export type { PassedOver } from "./datasets/passed-over.js";
export type { Role, Split } from "./datasets/roles.js";
export type { SearchRole } from "./datasets/search-role.js";
export { hashingSplit, type Labelled } from "./datasets/split.js";
export type { SplitOverlaps } from "./datasets/split-overlaps.js";
export { type UnseenClassOptions, unseenClassSplit } from "./datasets/unseen-class-split.js";
export type { Headline, HeadlineRule } from "./protocols/headline.js";
export type { MeasuredBy } from "./protocols/headline-rule.js";
export { PROTOCOLS, protocolOf } from "./protocols/known-protocols.js";
export type {
  Protocol,
  ProtocolCounts,
  ProtocolRule,
  ProtocolVariant,
  RuleOptions,
} from "./protocols/protocol.js";
export type { PublishedFigure } from "./protocols/published-figure.js";

// Images. What a network is given and what a cell shows: preprocessing and its inverse, sheets of pictures. Fingerprints
// find one picture twice, in training and test for example, also when it was scaled or compressed again.

export { type Fingerprints, fingerprintImages } from "./challenge/fingerprints.js";
export { findLeaks, type LeakOptions, type LeakPair, type LeakReport } from "./challenge/leak-check.js";
export { exampleSheet } from "./experiments/example-sheet.js";
export { contactSheet } from "./images/contact-sheet.js";
export type { ImageName } from "./images/decode.js";
export { denormalise } from "./images/denormalise.js";
export type { Interpolation } from "./images/enlarge.js";
export { jpegOf } from "./images/jpeg.js";
export { preprocess } from "./images/preprocess.js";
export type { FailedImage } from "./images/preprocessed-batches.js";
export type { CropMode, Preprocessing, RandomView, Truncated, Views } from "./images/preprocessing.js";
export type { PreprocessingSettings } from "./images/preprocessing-settings.js";

// Backbones and features. A frozen network turns each picture into a vector once; the folder it is written to is what
// all commands take (`--data`). Exhaustive cosine search of these vectors is the baseline that codes are held against.

export type { ConvolutionLayer } from "./backbone/architecture.js";
export type { Backbone, BackboneGraph } from "./backbone/backbone.js";
export { type OpenBackboneOptions, openBackbone } from "./backbone/open-backbone.js";
export type { MapLayout } from "./backbone/pooled-map.js";
export type { Pooling } from "./backbone/pooling.js";
export type { ResidualStage, Weights } from "./backbone/resnet.js";
export type { ByteProducts } from "./compute/byte-products.js";
export type { Precision, Quantization } from "./compute/quantization.js";
export type { Embedder, Embedding, Embeddings } from "./embedding/embedder.js";
export { imageFeatures } from "./embedding/image-features.js";
export { type EmbedderOptions, type EmbedderSource, openEmbedder } from "./embedding/open-embedder.js";
export { type CalibrationOptions, calibrateBackbone } from "./features/calibrate-backbone.js";
export { cosineScores, type QueryScores } from "./features/cosine.js";
export { type DataFolder, readDataFolder } from "./features/data-folder.js";
export { type ExtractOptions, extractFeatures, type FeatureSet } from "./features/extract.js";
export { type ExtractByOptions, extractFeaturesBy } from "./features/extract-by-settings.js";
export type { FeatureManifest, FeaturePart, Shard } from "./features/feature-manifest.js";
export type { FeatureSettings, JoinedFeatures } from "./features/feature-settings.js";
export { readFeatures } from "./features/features-file.js";
export type { ItemsIdentity, RowsOrigin } from "./features/items-identity.js";
export { fitLearnedWhitening, type LearnedWhiteningOptions } from "./features/learned-whitening.js";
export { type PrincipalComponents, principalComponents } from "./features/principal-components.js";
export type { SeenAs, SeenItems } from "./features/seen-items.js";
export type { SeenPart } from "./features/seen-parts.js";
export type { WhitenedAs } from "./features/whitened-as.js";
export { applyWhitening, type FeatureWhitening, fitWhitening, type WhiteningOptions } from "./features/whitening.js";

// Methods and training. A method is a value: a loss to train a head by, or a fit. A name of `METHODS` goes wherever
// one goes that `defineMethod` made or `loadMethod` read. Losses are written in tfjs, which is here as `tf`: a second
// copy of it would not know these tensors.

/** TensorFlow.js, the copy that losses are traced with. */
export * as tf from "@tensorflow/tfjs";
export type { CompiledModel } from "./compute/compile.js";
export type {
  AnyOption,
  AnySchema,
  ChoiceOption,
  GroupOption,
  ListOption,
  NumberOption,
  OptionOf,
  OptionsFrom,
  OptionsSchema,
  SwitchOption,
  ValueOf,
} from "./core/options.js";
export type { Random } from "./core/random.js";
export { type ExportOptions, exportModel } from "./hashing/export-model.js";
export type { FittedModel, HashModel, ModelArrays } from "./hashing/hash-model.js";
export type { HeadConfig } from "./hashing/head.js";
export type { Head, ModelFiles } from "./hashing/head-file.js";
export { type Continuation, continuationBeta } from "./methods/continuation.js";
export { defineMethod, type FittedDefinition, type TrainedDefinition } from "./methods/define-method.js";
export { METHODS, methodOf } from "./methods/known-methods.js";
export { loadMethod } from "./methods/load-method.js";
export type {
  AnyOptions,
  Batch,
  FitContext,
  FittedMethod,
  Method,
  MethodArrays,
  MethodShape,
  Normalisation,
  OptionConflict,
  Preset,
  StepPlace,
  TrainedMethod,
} from "./methods/method.js";
export { loadModel, saveModel } from "./methods/model-file.js";
export { type OptionRow, optionRows } from "./methods/option-rows.js";
export type { BatchOptions } from "./training/batches.js";
export {
  type FineTuneData,
  type FineTuned,
  type FineTuneModel,
  type FineTuneOptions,
  fineTune,
} from "./training/fine-tune.js";
export { type FitOptions, type FitSettings, type FittedResult, fitMethod } from "./training/fit-method.js";
export type { BestEpoch, EpochRecord, PlannedCourse, StepRecord } from "./training/history.js";
export { type ItqHeadOptions, itqHead } from "./training/itq-head.js";
export type { LearningRateSchedule } from "./training/learning-rate.js";
export type { OptimizerOptions } from "./training/optimizer.js";
export { type PlainConfig, type TrainConfig, type TrainSettings, trainConfig } from "./training/train-config.js";
export { type TrainedHead, type TrainOptions, trainHead } from "./training/train-head.js";
export type { TrainingData } from "./training/training-data.js";

// Codes. From real values to signs to bytes: bit i of a code is in byte ⌊i/8⌋ at position 7 − (i mod 8), as
// `numpy.packbits` has it. An embedding has no signs to take: it is ranked as it is, by cosine.

export { binarize } from "./codes/binarize.js";
export { bitCorrelation } from "./codes/bit-statistics.js";
export { type ReadCodesOptions, readCodes } from "./codes/codes-file.js";
export { type CodesOrigin, type PackedCodes, packCodes } from "./codes/packed-codes.js";
export { encodeFeatures } from "./hashing/encode.js";

// Ranking and search. Who asks and what is searched are two sides, `{ queries, database }`, each with what is known of
// its items: codes, features, labels, ids. Ties stand in ascending order of the database's rows.

export {
  exampleQueries,
  type FoundRows,
  findByCodes,
  findByCosine,
  type SearchedFeatures,
  searchStrips,
} from "./experiments/search-strips.js";
export type { StoreIndex } from "./galleries/gallery-record.js";
export type { GallerySourceOptions } from "./galleries/gallery-source.js";
export { type OpenGalleryOptions, openGallery } from "./galleries/open-gallery.js";
export { type PushedGallery, type PushGalleryOptions, pushGallery } from "./galleries/push-gallery.js";
export { type ResultStrip, resultStrips, type StripResult } from "./images/result-strips.js";
export type { TieGroups } from "./ranking/distance-histogram.js";
export type { Gallery, GalleryFilter, GalleryNearestOptions, GalleryWithinOptions } from "./ranking/gallery.js";
export type { TopK } from "./ranking/hamming-ranking.js";
export { type Neighbours, type SearchNearestOptions, searchNearest } from "./ranking/hamming-search.js";
export type { OpenCodesGalleryOptions } from "./ranking/open-codes-gallery.js";
export type { ParallelScanOptions } from "./ranking/parallel-rankings.js";
export type { QueryRanking, RankingsOptions } from "./ranking/query-ranking.js";
export type { NearestOptions, RankingBackend, RankingName, WithinOptions } from "./ranking/ranking-backend.js";
export type { RankingRequest } from "./ranking/ranking-request.js";
export type { ScoreBlock } from "./ranking/score-ranking.js";
export { type Side, type Sides, type SideWith, takeSide } from "./ranking/side.js";

// Metrics and evaluation. Means over the queries that have something relevant in the database; mAP is given tie-aware
// and for ties in the order of the rows. A metric is a value like a method: a name of `KNOWN_METRICS`, or one's own of
// `defineMetric`. `…InDetail` keeps the value of each query, which intervals and paired tests are made of.

export { type ClassPrecision, classPrecision } from "./experiments/class-precision.js";
export {
  evaluateSplit,
  type JudgedSplit,
  type JudgeOptions,
  type LabelledSplit,
} from "./experiments/evaluate-split.js";
export { type BootstrapInterval, type BootstrapOptions, bootstrapInterval } from "./metrics/bootstrap.js";
export {
  type DetailedEvaluation,
  type EvaluateCodesOptions,
  type EvaluateScoresOptions,
  evaluateCodes,
  evaluateCodesInDetail,
  evaluateScoresInDetail,
} from "./metrics/evaluate.js";
export type { EvaluateOptions } from "./metrics/evaluate-options.js";
export type {
  Evaluation,
  MeanAveragePrecision,
  RadiusTwo,
  RankingEvaluation,
  ScoreEvaluation,
  UnlabelledItems,
} from "./metrics/evaluation.js";
export { KNOWN_METRICS } from "./metrics/known-metrics.js";
export { defineMetric, type Metric, type MetricContext } from "./metrics/metric.js";
export { type PairedComparison, type PairedTestOptions, pairedTest } from "./metrics/paired-test.js";
export type { ConventionName } from "./metrics/published.js";
export type { AveragePrecisions, Balls, QueryMetrics } from "./metrics/query-metrics.js";
export type { RadiusPoint } from "./metrics/radius.js";
export type { RankPoint } from "./metrics/ranks.js";
export { type ShuffledTies, type ShuffledTiesOptions, shuffledTies } from "./metrics/shuffled-ties.js";

// Experiments. A study is a dataset with features, split and engine; an experiment trains in it, encodes and measures,
// and is found again by what it computes. Results of several seeds share a row of the table.

export type { QueryClasses } from "./datasets/query-classes.js";
export { cosineBaseline } from "./experiments/baselines.js";
export { type CellRecord, type CellRecordOptions, readOrCompute } from "./experiments/cell-record.js";
export { type CompareOptions, type Comparison, compareMethods, experimentOf } from "./experiments/compare-methods.js";
export type { ExperimentData } from "./experiments/experiment-data.js";
export { type ProtocolRow, protocolRows } from "./experiments/protocol-rows.js";
export {
  openProtocol,
  openProtocolStudy,
  type ProtocolData,
  type ProtocolFact,
  type ProtocolStudy,
  type ProtocolStudyOptions,
  protocolFacts,
} from "./experiments/protocol-study.js";
export { type BallRow, ballRows, type ResultRow, resultRows, type SearchResult } from "./experiments/result.js";
export {
  type Experiment,
  type ExperimentOptions,
  type ExperimentRecord,
  runExperiment,
} from "./experiments/run-experiment.js";
export { type ExperimentsOptions, runExperiments } from "./experiments/run-experiments.js";
export { seedVerdict } from "./experiments/seed-verdict.js";
export {
  openStudy,
  openStudyDataset,
  type Study,
  type StudyOptions,
  type StudyPlaces,
} from "./experiments/study.js";
export { studySplit } from "./experiments/study-split.js";
export { transferAccuracy } from "./experiments/transfer-accuracy.js";
export { trivialVerdict } from "./experiments/trivial-verdict.js";
export {
  type StudyData,
  type UnseenResult,
  type UnseenRow,
  type UnseenStudy,
  type UnseenStudyOptions,
  unseenRows,
  unseenStudy,
} from "./experiments/unseen-study.js";

// Studies. Many trainings over one data: methods by bits by seeds by settings, recorded as they go.

export type { SweptData } from "./sweeps/open-swept-study.js";
export { sweep } from "./sweeps/sweep.js";
export type {
  CellPlace,
  CellState,
  DrawnFrom,
  SweepCell,
  SweepDefinition,
  SweepOptions,
  SweepState,
  Tried,
} from "./sweeps/sweep-options.js";

// Reproduction. Records that are run again, and whether they give the same.

export { reproduce } from "./reproduction/reproduce.js";
export type {
  Accepted,
  MeasureChange,
  ReproduceOptions,
  Reproduction,
  RunReproduction,
  Verdict,
} from "./reproduction/reproduction.js";

// Records. What studies leave: a study that was run is read again with its runs, and judged without features.

export { type ReadStudyOptions, readStudy } from "./records/read-study.js";
export type { DataIdentity, FileHashes, MethodFile, Run, RunRecord } from "./records/run-record.js";
export type {
  Candidate,
  DataOrigin,
  FailedRun,
  Selection,
  StudyFile,
  StudyRecord,
} from "./records/study-record.js";

// Comparison. Studies side by side: means over seeds, tests of all pairs, tables for a paper.

export type { ColumnTestOptions } from "./comparison/column-test.js";
export { type CompareRunsOptions, compare } from "./comparison/compare.js";
export type { AllowedDifference, RunChoice } from "./comparison/compared-runs.js";
export type { ComparisonTableOptions } from "./comparison/comparison-cells.js";
export { csvTable } from "./comparison/csv-table.js";
export { type EffectFigureOptions, effectFigure } from "./comparison/effect-figure.js";
export { type EffectRow, effectRows, effectSentences } from "./comparison/effect-rows.js";
export { type LatexTableOptions, latexTable } from "./comparison/latex-table.js";
export { markdownTable } from "./comparison/markdown-table.js";
export type {
  ComparedBaseline,
  ComparedEntry,
  ComparedPair,
  ComparedValue,
  Interval,
  RunComparison,
} from "./comparison/run-comparison.js";
export {
  type SettingEffect,
  type SettingEffectsOptions,
  type SettingPoint,
  settingEffects,
} from "./comparison/setting-effects.js";
export { type MeasureByBitsOptions, measureByBitsOf, studyFigures } from "./comparison/study-figures.js";

// Figures. `…Of` draws results and experiments as they come, `…Figure` draws numbers. Both give a plain plotly figure,
// one colour a method everywhere, for `showFigure` or for a file.

export type { FontChoice } from "./core/font-choice.js";
export {
  bitBalanceOf,
  distancesOf,
  learningCurvesOf,
  mapByBitsOf,
  type PrecisionRecallOfOptions,
  precisionAtOf,
  precisionRecallOf,
  quantisationOf,
  radiusTwoByBitsOf,
  recallAtOf,
  recallByRadiusOf,
} from "./experiments/result-figures.js";
export { type FeatureMapOptions, featureMapFigure } from "./plots/feature-map.js";
export type { Figure, Numbers } from "./plots/figure.js";
export type { FigureOptions } from "./plots/figure-layout.js";
export { bitCorrelationFigure } from "./plots/heatmap.js";
export { type Line, type LinesOptions, linesFigure } from "./plots/lines.js";
export { type PrecisionAtCurve, type PrecisionAtOptions, precisionAtFigure } from "./plots/precision-at.js";
export { type SaveFigureOptions, saveFigure } from "./plots/save-figure.js";
export { type ScheduleOptions, scheduleFigure } from "./plots/schedule.js";
export { type ShuffledTiesValues, shuffledTiesFigure } from "./plots/shuffled-ties.js";
export type { LineDash } from "./plots/style.js";

// Notebook. What a cell shows, and what it shows while it works. Under our kernel the last value of a cell shows itself
// as `show` does it; `registerDisplay` teaches it kinds of one's own. `smoke` is true in a run that only sees that
// everything works (`hashbook run --smoke`).

export { type Display, registerDisplay } from "./core/display.js";
export type { MimeBundle } from "./core/mime-bundle.js";
export type { Progress, ProgressListener } from "./core/progress.js";
export { type ImageDisplayOptions, show, showFigure, showImage, showMarkdown, showTable } from "./notebook/display.js";
export { type LiveCurves, type LiveCurvesOptions, liveLearningCurves } from "./notebook/live-curves.js";
export { cellProgress, type ProgressOptions } from "./notebook/progress.js";
export { smoke } from "./notebook/smoke.js";
export type { DataFrameLike, TableData, TableOptions } from "./notebook/table.js";
export type { SvgOptions } from "./plots/draw-svg.js";

// Challenge. DIGIX 2020, or a drawn sample of its layout where the images are not here. Products are dealt into folds,
// rankings of the gallery compared on products never trained on, and a submission is written, checked and scored.

export type { Candidate as ChallengeCandidate } from "./challenge/candidate.js";
export { challengeConfig } from "./challenge/challenge-config.js";
export type { ChallengeSet } from "./challenge/challenge-set.js";
export type { ChoiceRule, SearchCost } from "./challenge/choice-rule.js";
export type { ComparedFolds, ComparedWay, CorrectedDifference } from "./challenge/compare-folds.js";
export {
  compareRankings,
  type RankingCandidate,
  type RankingResult,
  type RankingRow,
  rankingRows,
} from "./challenge/compare-rankings.js";
export type { FoldQueries, FoldScores } from "./challenge/fold-scores.js";
export type { RankGalleryOptions, RankingMethod } from "./challenge/gallery-ranker.js";
export { type JudgedSubmission, judgeSubmission } from "./challenge/judge-submission.js";
export type { ReciprocalOptions } from "./challenge/k-reciprocal.js";
export type { ChallengeNames, NameFault } from "./challenge/known-names.js";
export type { PredictedScore } from "./challenge/predicted-score.js";
export type { QueryExpansion } from "./challenge/query-expansion.js";
export { rankGallery } from "./challenge/rank-gallery.js";
export { type AveragingRanges, type RankingRanges, rankingGrid } from "./challenge/ranking-grid.js";
export type { GalleryRanking } from "./challenge/ranking-name.js";
export type { ChallengeLabels, ChallengeScore, QueryScore } from "./challenge/score.js";
export { type SubmissionLine, submissionLines, writeSubmission } from "./challenge/submission.js";
export type { FaultKind, SubmissionFault } from "./challenge/submission-fault.js";
export { type AnswerFoldOptions, answerFold, type FoldToAnswer } from "./experiments/answer-fold.js";
export type { AnswerData } from "./experiments/answer-test.js";
export {
  codeMethods,
  encodedSides,
  featureMethods,
  rankingCandidates,
  rerankedMethods,
} from "./experiments/challenge-candidates.js";
export { challengeNotice } from "./experiments/challenge-notice.js";
export {
  challengeStrips,
  productStrips,
  queriesOfProducts,
  typicalQueries,
  worstQueries,
} from "./experiments/challenge-strips.js";
export {
  type ChallengeOptions,
  type ChallengeStudy,
  heldOutFeatures,
  openChallenge,
} from "./experiments/challenge-study.js";
export type { Choice, ChoiceFolds, NarrowedWhitening } from "./experiments/choice.js";
export { type ChoiceRow, choiceRows } from "./experiments/choice-rows.js";
export { type ChoiceData, type ChooseOptions, chooseCandidate } from "./experiments/choose-candidate.js";
export type { CandidateData, CandidateResult, CompareCandidatesOptions } from "./experiments/compare-candidates.js";
export { type CandidateListOptions, challengeCandidates } from "./experiments/default-candidates.js";
export { foldRows, foldVerdict } from "./experiments/fold-rows.js";
export {
  type FoldData,
  type FoldOptions,
  scoreByProducts,
  scoreByProductsFigure,
  scoreOverFolds,
} from "./experiments/score-over-folds.js";
export { type SubmitChoiceOptions, type SubmittedChoice, submitChoice } from "./experiments/submit-choice.js";
export { submittedSentences } from "./experiments/submitted-sentences.js";

// Engines. What computes: onnxruntime on the processor or a GPU, or tfjs. `environment` says what the machine has.

export { chooseEngine, type EngineChoice, type EngineName, type EngineOptions } from "./compute/engine.js";
export type { DType, GraphPort, TensorSpec } from "./compute/graph.js";
export type { Engine, FloatOrInt, Inputs, Program, ProgramDefinition, Tensors } from "./compute/program.js";
export { type Environment, environment } from "./experiments/environment.js";

// Files and errors. Arrays that NumPy opens, files that are written whole or not at all, and the places where things are
// kept. What is wrong with a file, an array or a value is an InputError; all errors thrown on purpose are HashbookErrors.

export type { Abortable } from "./core/abort.js";
export type { NdArray, TypedArray } from "./core/arrays.js";
export { type ErrorDetails, HashbookError, InputError } from "./core/errors.js";
export { writeAtomically } from "./core/files.js";
export { type Labels, type MultiHotLabels, readLabels } from "./core/labels.js";
export { readNpy, writeNpy } from "./core/npy.js";
export { packageFolder, runsPath } from "./core/paths.js";
export type { Unlabelled } from "./core/unlabelled.js";
export { version } from "./core/version.js";

registerKnownDisplays();

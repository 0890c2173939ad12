// Writes the weights of ResNet-50 that we and PyTorch read.
import { writeResnetWeights } from "./networks.mjs";

await writeResnetWeights();

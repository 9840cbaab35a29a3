/** Names of nodes: they become attributes of the generated class, so the rules are Python's and torch's. */

import type { GraphDocument } from "./document";

const PATTERN = /^[a-z][a-z0-9_]{0,62}$/;

const PYTHON_KEYWORDS =
  "and as assert async await break class continue def del elif else except finally for from global if import in is " +
  "lambda nonlocal not or pass raise return try while with yield";
const MODULE_ATTRIBUTES =
  "add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr " +
  "float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia " +
  "named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer " +
  "register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook " +
  "register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter " +
  "register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule " +
  "share_memory state_dict to to_empty train training type xpu zero_grad";
const RESERVED = new Set(`${PYTHON_KEYWORDS} ${MODULE_ATTRIBUTES} torch nn math self`.split(" "));

const BLOCK_PATTERN = /^[A-Z][A-Za-z0-9]{0,62}$/;
const CLASS_NAMES = new Set(["Network", "None", "True", "False", "F"]);

export type NameProblem = "pattern" | "reserved" | "taken";

/** What is wrong with a name for the node `id`, or null. */
export function nameProblem(document: GraphDocument, id: string, name: string): NameProblem | null {
  if (!PATTERN.test(name)) return "pattern";
  if (RESERVED.has(name)) return "reserved";
  if (document.nodes.some((node) => node.name === name && node.id !== id)) return "taken";
  return null;
}

/** Whether a text can name a block: a class of the generated module. */
export function isBlockName(text: string): boolean {
  return BLOCK_PATTERN.test(text) && !CLASS_NAMES.has(text);
}

/** Whether a text can name a parameter of a block. */
export function isParamName(text: string): boolean {
  return PATTERN.test(text) && !RESERVED.has(text);
}

/** "MaxPool2d" -> "max_pool", "LeakyReLU" -> "leaky_relu". */
export function nameOfType(type: string): string {
  const base = type
    .replace(/^block:/, "")
    .replace(/[123]d$/, "")
    .replace(/([a-z0-9])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, "_");
  return PATTERN.test(base) && !RESERVED.has(base) ? base : `node_${base}`.slice(0, 50);
}

/** `wanted`, or the first of wanted2, wanted3, ... that no node has. "conv2" grows to "conv3", not "conv22". */
export function freeName(taken: ReadonlySet<string>, wanted: string): string {
  if (!taken.has(wanted)) return wanted;
  const base = wanted.replace(/\d+$/, "") || wanted;
  for (let number = 2; ; number += 1) {
    const name = `${base}${number}`;
    if (!taken.has(name)) return name;
  }
}

export function takenNames(document: GraphDocument): Set<string> {
  return new Set(document.nodes.map((node) => node.name));
}

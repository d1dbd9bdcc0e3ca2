// Convert TeX to MathML: node mathml_programs.js PROGRAM, a JSON list of [TeX, isDisplay] on standard
// input. Prints a JSON list of MathML, null for a formula that the program refuses.

const programs = {
  mathjax: () => {
    const { mathjax } = require("mathjax-full/js/mathjax.js");
    const { TeX } = require("mathjax-full/js/input/tex.js");
    const { AllPackages } = require("mathjax-full/js/input/tex/AllPackages.js");
    const { liteAdaptor } = require("mathjax-full/js/adaptors/liteAdaptor.js");
    const { RegisterHTMLHandler } = require("mathjax-full/js/handlers/html.js");
    const { SerializedMmlVisitor } = require("mathjax-full/js/core/MmlTree/SerializedMmlVisitor.js");
    const { STATE } = require("mathjax-full/js/core/MathItem.js");
    RegisterHTMLHandler(liteAdaptor());
    const visitor = new SerializedMmlVisitor();
    const left_out = ["bussproofs", "noundefined", "noerrors"]; // needs an output; hide errors
    const packages = AllPackages.filter((name) => !left_out.includes(name));
    return (tex, display) => {
      const document = mathjax.document("", { InputJax: new TeX({ packages }) });
      const tree = document.convert(tex, { display, end: STATE.CONVERT });
      return visitor.visitTree(tree);
    };
  },
  katex: () => {
    const katex = require("katex");
    return (tex, displayMode) =>
      katex.renderToString(tex, { displayMode, output: "mathml", strict: "ignore" });
  },
  temml: () => {
    const temml = require("temml");
    return (tex, displayMode) => temml.renderToString(tex, { displayMode, throwOnError: true });
  },
};

let input = "";
process.stdin.on("data", (chunk) => (input += chunk));
process.stdin.on("end", () => {
  const convert = programs[process.argv[2]]();
  const results = JSON.parse(input).map(([tex, isDisplay]) => {
    try {
      const mathml = convert(tex, isDisplay);
      return mathml.includes("<merror") ? null : mathml;
    } catch {
      return null;
    }
  });
  process.stdout.write(JSON.stringify(results));
});

// A client of the protocol with VS Code's own libraries. Its first argument is JSON: `settings`, those of VS Code's generic
// client; `file`, a spec; `steps`, the requests. It writes JSON: the answers, and violations of the protocol.
const { readFileSync } = require("node:fs");
const { spawn } = require("node:child_process");
const { pathToFileURL } = require("node:url");
const rpc = require("vscode-jsonrpc/node");
const lsp = require("vscode-languageserver-protocol");
const { TextDocument } = require("vscode-languageserver-textdocument");

const { settings, file, steps } = JSON.parse(process.argv[2]);
const server = spawn(settings["glspc.server.command"], settings["glspc.server.commandArguments"], {
  stdio: ["pipe", "pipe", "inherit"],
});
const connection = lsp.createProtocolConnection(
  new rpc.StreamMessageReader(server.stdout),
  new rpc.StreamMessageWriter(server.stdin),
);
const wrong = [];
const check = (is, what, value) => is(value) || wrong.push([what, value]);

async function main() {
  const waiting = [];
  const { href } = pathToFileURL(file);
  // The server also publishes diagnostics of its base.
  connection.onNotification(lsp.PublishDiagnosticsNotification.type, (told) => told.uri === href && waiting.shift()?.(told));
  connection.onError(([error]) => wrong.push(["the connection", String(error)]));
  connection.listen();
  const { capabilities } = await connection.sendRequest(lsp.InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      textDocument: {
        completion: { completionItem: { snippetSupport: true } },
        documentSymbol: { hierarchicalDocumentSymbolSupport: true },
      },
    },
  });
  await connection.sendNotification(lsp.InitializedNotification.type, {});
  const textDocument = { uri: href };
  let document = TextDocument.create(textDocument.uri, settings["glspc.server.languageId"][0], 1, readFileSync(file, "utf8"));
  const told = () => new Promise((resolve) => waiting.push(resolve));
  const answers = { capabilities };

  let next = told();
  await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, {
    textDocument: { ...textDocument, languageId: document.languageId, version: 1, text: document.getText() },
  });
  answers.diagnostics = (await next).diagnostics;
  answers.diagnostics.forEach((one) => check(lsp.Diagnostic.is, "diagnostic", one));

  const change = async (text) => {
    document = TextDocument.create(document.uri, document.languageId, document.version + 1, text);
    next = told();
    await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
      textDocument: { ...textDocument, version: document.version },
      contentChanges: [{ text }],
    });
    return (await next).diagnostics;
  };

  // Each step writes its text at its position, and requests completions there; a chosen one is inserted.
  answers.steps = [];
  const whole = document.getText();
  for (const { at, typed, take } of steps) {
    const offset = whole.indexOf(at) + at.length;
    await change(whole.slice(0, offset) + typed + whole.slice(offset));
    const position = document.positionAt(offset + typed.length);
    const items = (await connection.sendRequest(lsp.CompletionRequest.type, { textDocument, position })) ?? [];
    items.forEach((item) => check((one) => one.label && lsp.TextEdit.is(one.textEdit), "completion", item));
    const hover = await connection.sendRequest(lsp.HoverRequest.type, { textDocument, position });
    const answer = { labels: items.map((item) => item.label), hover: hover?.contents.value ?? null };
    const taken = items.find((item) => item.label === take);
    if (taken) {
      answer.text = TextDocument.applyEdits(document, [taken.textEdit]);
      answer.format = taken.insertTextFormat;
    }
    const links = await connection.sendRequest(lsp.DefinitionRequest.type, { textDocument, position });
    if (links) {
      check(lsp.Location.is, "location", links);
      answer.definition = links;
    }
    answers.steps.push(answer);
  }
  await change(whole);

  const symbols = await connection.sendRequest(lsp.DocumentSymbolRequest.type, { textDocument });
  symbols.forEach((one) => check(lsp.DocumentSymbol.is, "symbol", one));
  answers.symbols = symbols.map((one) => one.name);
  const range = { start: { line: 0, character: 0 }, end: document.positionAt(whole.length) };
  const context = { diagnostics: answers.diagnostics };
  const actions = await connection.sendRequest(lsp.CodeActionRequest.type, { textDocument, range, context });
  actions.forEach((one) => check(lsp.CodeAction.is, "action", one));
  const all = actions.find((one) => one.kind === "source.fixAll") ?? actions[0];
  const edits = all.edit.changes[document.uri];
  answers.actions = actions.map((one) => one.title);
  answers.remaining = await change(TextDocument.applyEdits(document, edits));
  const options = { tabSize: 4, insertSpaces: true };
  const formatting = await connection.sendRequest(lsp.DocumentFormattingRequest.type, { textDocument, options });
  formatting.forEach((one) => check(lsp.TextEdit.is, "edit", one));
  answers.formatted = TextDocument.applyEdits(document, formatting);

  await connection.sendRequest(lsp.ShutdownRequest.type);
  await connection.sendNotification(lsp.ExitNotification.type);
  answers.exit = await new Promise((resolve) => server.on("exit", resolve));
  answers.wrong = wrong;
  process.stdout.write(JSON.stringify(answers), () => process.exit(0));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});

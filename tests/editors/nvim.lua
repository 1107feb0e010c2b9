-- Neovim with `pipectl lsp`, configured as in docs/editor.md; writes JSON to the file that PIPECTL_ANSWERS names.
local answers = {}
local function wait(what, found)
  if not vim.wait(30000, found, 10) then error('waited for ' .. what) end
end
local function ask(method, more)
  local parameters = vim.lsp.util.make_position_params(0, 'utf-16')
  local asked = vim.tbl_extend('force', parameters, more or {})
  local answer = vim.lsp.buf_request_sync(0, method, asked, 30000)
  local _, first = next(answer or {})
  return first and first.result
end
local function go(text)
  vim.fn.cursor(1, 1)
  assert(vim.fn.search(text, 'ceW') > 0, text)
end

local function rest()
  go('retention_days')
  answers.hover = ask('textDocument/hover').contents.value
  go('source: \\[s')
  local labels = vim.tbl_map(function(one) return one.label end, ask('textDocument/completion') or {})
  answers.completion = labels
  go('extends: b')
  vim.lsp.buf.definition()
  wait('the base', function() return vim.fn.expand('%:t') == 'base.yaml' end)
  answers.definition = vim.fn.expand('%:t')
  vim.cmd('buffer 1')
  answers.symbols = vim.tbl_map(function(one) return one.name end, ask('textDocument/documentSymbol'))
  vim.lsp.buf.format()
  answers.formatted = vim.api.nvim_buf_get_lines(0, 0, -1, false)
end

vim.defer_fn(function()
  local ok, problem = pcall(function()
    wait('the server', function() return #vim.lsp.get_clients({ bufnr = 0, name = 'pipectl' }) == 1 end)
    wait('diagnostics', function() return #vim.diagnostic.get(0) > 0 end)
    answers.diagnostics = vim.tbl_map(function(one) return { one.code, one.lnum } end, vim.diagnostic.get(0))
    rest()
  end)
  answers.problem = not ok and tostring(problem) or nil
  local file = assert(io.open(vim.env.PIPECTL_ANSWERS, 'w'))
  file:write(vim.json.encode(answers))
  file:close()
  vim.cmd('qa!')
end, 10)

import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';
import { builtinModules } from 'node:module';

const NODE = builtinModules.flatMap((name) => [name, `node:${name}`]);
const never = (regex, message) => ({ regex, message });
const STATELESS = 'All workflows of a worker share this module: it must have no state.';
const APPS = never('(^|/)apps/', 'Libraries know nothing of the apps.');

/** What files of a folder must not import. One block a folder: of blocks that overlap the last wins. */
const border = (files, { ignores = [], paths = [], patterns = [] }) => ({
  files,
  ignores: ['**/*.spec.ts', ...ignores],
  rules: { 'no-restricted-imports': ['error', { paths, patterns }] },
});

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      'data/',
      'bench/results/',
      '**/node_modules/',
      'coverage/',
      '**/.venv/',
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.mjs', '*.js', 'test/support/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['libs/config/**', 'test/**', 'bench/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'libs/config is the only reader of the environment.' },
      ],
    },
  },
  // DTOs and constructor parameters are read at run time through decorators.
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['**/*.spec.ts', '**/*.e2e-spec.ts', 'test/**/*.ts', '**/*.mjs', '**/*.js'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: { process: 'readonly', setInterval: 'readonly' } },
  },

  border(['libs/contracts/**/*.ts'], {
    paths: NODE,
    patterns: [
      never('^#|(^|/)apps/|^@nestjs/', 'contracts is a leaf.'),
      never('^@temporalio/(?!(common|workflow)$)', 'contracts only defines.'),
    ],
  }),
  border(['libs/{config,destinations,observability,signing}/**/*.ts'], {
    patterns: [never('^#', 'These libraries use third-party packages only.'), APPS],
  }),
  border(['libs/messages/**/*.ts'], {
    patterns: [never('^#(?!database/sealing\\.js$)', 'It knows how secrets are sealed, and no more.'), APPS],
  }),
  border(['libs/temporal/**/*.ts', 'libs/database/**/*.ts'], {
    patterns: [never('^#(config|contracts)/', 'Settings come as arguments.'), APPS],
  }),
  border(['libs/{jobs,timers}/**/*.ts'], {
    patterns: [
      never('^#(?!(contracts|jobs|timers)/)|^@nestjs/', 'They know contracts and the client of the engine.'),
      APPS,
    ],
  }),
  border(['apps/server/**/*.ts'], {
    paths: ['@temporalio/worker', '@temporalio/activity', '@temporalio/workflow'],
    patterns: [
      never('/worker/src/', 'The two apps meet only in contracts.'),
      never('^#temporal/work', 'The server runs no workflow code.'),
    ],
  }),
  {
    files: ['apps/worker/src/workflows/**/*.ts', 'libs/contracts/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...['> VariableDeclaration', '> ExportNamedDeclaration > VariableDeclaration'].flatMap((top) => [
          { selector: `Program ${top}[kind="let"]`, message: STATELESS },
          {
            selector: `Program ${top} > * > NewExpression[callee.name=/^(Weak)?(Map|Set)$/]`,
            message: STATELESS,
          },
        ]),
      ],
    },
  },
  border(['apps/worker/src/workflows/**/*.ts'], {
    patterns: [
      // An allow-list: contracts, the workflow API and the folder itself.
      never('^(?!\\./|#contracts/|@temporalio/workflow$)', 'Workflow code is deterministic.'),
    ],
  }),
  border(['apps/worker/src/*.ts', 'apps/worker/src/{health,metrics}/**/*.ts'], {
    patterns: [never('/server/src/', 'The two apps meet only in contracts.')],
  }),
  border(['apps/worker/src/testing/**/*.ts'], {
    patterns: [
      never(
        '/server/src/|^#(config|temporal)/',
        'It runs jobs by the rules of the worker, without an engine.',
      ),
    ],
  }),
  border(['apps/worker/src/activities/**/*.ts', 'apps/worker/src/jobs/**/*.ts'], {
    patterns: [
      never('/workflows/|^@temporalio/workflow$', 'Activities know workflows through contracts only.'),
      never('^#(config|temporal)/', 'Settings come as arguments.'),
      never('/server/src/', 'The two apps meet only in contracts.'),
    ],
  }),
  border(['examples/python-step/*.ts'], {
    patterns: [never('(^|/)apps/(?!worker/src/jobs/index\\.js$)', 'Examples are written as users write.')],
  }),
);

"""Settings come from the environment and a file, and say plainly what is wrong with them."""

import subprocess
import sys
from pathlib import Path

import pytest
from shelf import Shelf

from banyan.app.provider_entries import provider_entries, provider_needs
from banyan.app.settings import CONFIG_VARIABLE, Settings, load_settings, unknown_variables, variables
from banyan.kernel.errors import InvalidInput


@pytest.fixture(autouse=True)
def empty_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Each test starts in an empty folder without any setting in the environment."""
    for field in Settings.model_fields:
        for name in variables(field):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv(CONFIG_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_need_nothing() -> None:
    """Without any setting the service listens on loopback and answers with the built-in tutor."""
    settings = load_settings()
    assert (settings.host, settings.assistant_port, settings.proxy_port) == ("127.0.0.1", 8001, 8002)
    assert settings.model == "banyan/extractive"
    assert settings.database_path == Path("data/banyan.db")
    assert settings.provider_environment == {}


def test_reading_settings_waits_for_no_client_of_a_provider() -> None:
    """What providers take is known without what they use: commands and the first answer about health come sooner."""
    program = (
        "import banyan.app.settings, sys; "
        "print(sorted({'aiohttp', 'fastapi', 'llama_cpp', 'numpy', 'sqlalchemy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout == "[]\n"


def test_names_of_the_world_are_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that other systems already use work as they are."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1/")
    monkeypatch.setenv("RAG_TOP_K", "7")
    monkeypatch.setenv("EMBEDDING_BATCH_SIZE", "8")
    settings = load_settings()
    assert (settings.rag_top_k, settings.embedding_batch_size) == (7, 8)
    assert settings.provider_environment == {
        "OPENAI_API_KEY": "sk-secret",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    }


def test_prefixed_name_wins_over_the_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    """BANYAN_RAG_TOP_K is for this program alone and so beats RAG_TOP_K."""
    monkeypatch.setenv("RAG_TOP_K", "7")
    monkeypatch.setenv("BANYAN_RAG_TOP_K", "9")
    assert load_settings().rag_top_k == 9


def test_environment_wins_over_file_and_options_over_both(
    monkeypatch: pytest.MonkeyPatch, empty_surroundings: Path
) -> None:
    """A file sets defaults; the environment changes them; a command's option has the last word."""
    (empty_surroundings / "banyan.toml").write_text("rag_top_k = 3\nproxy_port = 1111\nassistant_port = 2222\n")
    monkeypatch.setenv("RAG_TOP_K", "7")
    monkeypatch.setenv("BANYAN_PROXY_PORT", "3333")
    settings = load_settings(proxy_port=4444, host=None)
    assert (settings.rag_top_k, settings.assistant_port, settings.proxy_port) == (7, 2222, 4444)


def test_file_in_the_data_folder_is_read(monkeypatch: pytest.MonkeyPatch, empty_surroundings: Path) -> None:
    """Without a file in the current folder the data folder's own counts."""
    (empty_surroundings / "elsewhere").mkdir()
    (empty_surroundings / "elsewhere" / "banyan.toml").write_text('model = "banyan/echo"\n')
    assert load_settings(data=Path("elsewhere")).model == "banyan/echo"
    monkeypatch.setenv("BANYAN_DATA", "elsewhere")
    assert load_settings().model == "banyan/echo"


def test_unknown_key_names_file_key_and_nearest(empty_surroundings: Path) -> None:
    """A misspelt key is an error that says which setting was probably meant."""
    (empty_surroundings / "banyan.toml").write_text("rag_topk = 3\n")
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    assert caught.value.message == "banyan.toml sets 'rag_topk', which is no setting; did you mean 'rag_top_k'?"


@pytest.mark.parametrize("content", ["rag_top_k = = 3", "\udcff"])
def test_broken_file_is_named(empty_surroundings: Path, content: str) -> None:
    """A file that is not TOML is named together with what is wrong."""
    (empty_surroundings / "banyan.toml").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidInput, match=r"banyan\.toml is not valid TOML"):
        load_settings()


def test_named_file_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """BANYAN_CONFIG pointing nowhere is an error, not an empty configuration."""
    monkeypatch.setenv(CONFIG_VARIABLE, "absent.toml")
    with pytest.raises(InvalidInput, match=r"absent\.toml"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("RAG_TOP_K", "many", "The setting RAG_TOP_K is wrong: input should be a valid integer"),
        ("BANYAN_PROXY_PORT", "70000", "The setting BANYAN_PROXY_PORT is wrong: input should be less than"),
        ("DATABASE_URL", "mysql://u:hunter2@h/d", "stored in PostgreSQL or SQLite, not in mysql"),
        ("QDRANT_URL", "qdrant:6333", "must start with http:// or https://"),
        ("REDIS_URL", "http://:hunter2@h", "must start with redis://"),
        ("OPENAI_BASE_URL", "localhost:80", "must start with http:// or https://"),
    ],
)
def test_wrong_value_is_explained(monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str) -> None:
    """A wrong value names the variable and the bound, and never repeats a password."""
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    assert message in caught.value.message
    assert "hunter2" not in caught.value.message


def test_secrets_mask_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Printing the settings shows no key and no password of a server."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://banyan:sk-secret@db/banyan")
    monkeypatch.setenv("REDIS_URL", "redis://:sk-secret@cache:6379/0")
    monkeypatch.setenv("QDRANT_API_KEY", "sk-secret")
    settings = load_settings()
    assert "sk-secret" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert settings.database_address == "postgresql://banyan:sk-secret@db/banyan"


def test_unread_variables_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable with our prefix that nothing reads is reported with its nearest relative."""
    monkeypatch.setenv("BANYAN_PROXY_PROT", "1")
    assert unknown_variables()["BANYAN_PROXY_PROT"] == "BANYAN_PROXY_PORT"


def test_every_variable_of_a_provider_is_a_setting(monkeypatch: pytest.MonkeyPatch, empty_surroundings: Path) -> None:
    """Keys are masked, and the file may set them too."""
    (empty_surroundings / "banyan.toml").write_text('mistral_api_key = "from-the-file"\n')
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    monkeypatch.setenv("VLLM_BASE_URL", "http://127.0.0.1:8000/v1/")
    settings = load_settings()
    assert settings.provider_environment == {
        "ANTHROPIC_API_KEY": "sk-secret",
        "MISTRAL_API_KEY": "from-the-file",
        "VLLM_BASE_URL": "http://127.0.0.1:8000/v1",
    }
    assert "sk-secret" not in repr(settings)


OWN = """
[providers.campus]
base_url = "http://127.0.0.1:1/v1"
api_key = "env:CAMPUS_KEY"
zone = "local"

[providers.openai]
api_key = "sk-secret"
"""


def test_a_table_describes_a_provider(monkeypatch: pytest.MonkeyPatch, empty_surroundings: Path) -> None:
    """A new name is an OpenAI-compatible API, a known one gets its settings; keys come from variables or are masked."""
    (empty_surroundings / "banyan.toml").write_text(OWN)
    monkeypatch.setenv("CAMPUS_KEY", "campus-secret")
    settings = load_settings()
    assert settings.provider_environment == {"CAMPUS_KEY": "campus-secret"}
    assert "sk-secret" not in repr(settings)
    entries = {entry.name: entry for entry in provider_entries(settings.provider_tables)}
    needs = provider_needs(settings.provider_environment, Shelf(), 32)
    assert entries["campus"].zone == "local"
    assert {name for name, entry in entries.items() if entry.open(needs) is not None} == {
        "banyan/echo",
        "banyan/extractive",
        "campus",
        "openai",
    }


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"campus": {}}, "providers.campus has no base_url"),
        ({"campus": {"base_ur": "x"}}, "did you mean 'base_url'"),
        ({"openai": {"zone": "local"}}, "providers.openai sets 'zone'"),
        ({"campus": {"base_url": "http://x", "zone": "moon"}}, "providers.campus.zone"),
        ({"a/b": {"base_url": "http://x"}}, "cannot be a provider's name"),
    ],
)
def test_a_wrong_table_names_itself_and_its_key(tables: dict[str, dict[str, str]], words: str) -> None:
    """The message says where to look."""
    with pytest.raises(InvalidInput, match=words):
        provider_entries(tables)

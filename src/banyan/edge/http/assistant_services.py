"""What the assistant's routes need; `app` hands it in, opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.store import ConversationStore
from banyan.assistant.usecases.ask import Ask
from banyan.assistant.usecases.classify import Classify
from banyan.assistant.usecases.export_material import ExportMaterial
from banyan.assistant.usecases.generate import Generate
from banyan.assistant.usecases.persona_book import PersonaBook
from banyan.assistant.usecases.read_courses import ReadCourses
from banyan.assistant.usecases.read_document import ReadDocument
from banyan.assistant.usecases.review_cards import ReviewCards
from banyan.assistant.usecases.search_course import SearchCourse
from banyan.assistant.usecases.search_courses import SearchCourses
from banyan.edge.http.alert_routes import AlertServices
from banyan.edge.http.browser_tokens import BrowserTokens
from banyan.edge.http.check_services import CheckServices
from banyan.edge.http.health import Probe
from banyan.edge.http.material_services import MaterialServices
from banyan.edge.http.person_routes import Persons
from banyan.edge.http.policy_services import PolicyServices
from banyan.edge.http.report_services import ReportServices
from banyan.edge.http.teaching_services import TeachingServices
from banyan.edge.http.turn_services import TurnServices
from banyan.jobs.usecases.fetch_file import FetchFile
from banyan.jobs.usecases.manage_jobs import ManageJobs
from banyan.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class AssistantServices:
    """The use cases and ports behind the routes.

    ask: entered already, and left by whoever entered it, after the last request.
    probes: what readiness depends on beside the proxy, by name.
    """

    ask: Ask
    store: ConversationStore
    gateway: ModelGateway
    clock: Clock
    probes: Mapping[str, Probe] = field(default_factory=dict)
    tokens: BrowserTokens = field(kw_only=True)
    material: MaterialServices = field(kw_only=True)
    turns: TurnServices = field(kw_only=True)
    teaching: TeachingServices = field(kw_only=True)
    policy: PolicyServices = field(kw_only=True)
    jobs: ManageJobs = field(kw_only=True)
    job_files: FetchFile = field(kw_only=True)
    alerts: AlertServices = field(kw_only=True)
    persons: Persons = field(kw_only=True)
    personas: PersonaBook = field(kw_only=True)
    checks: CheckServices = field(kw_only=True)
    reports: ReportServices = field(kw_only=True)
    generate: Generate = field(kw_only=True)
    exports: ExportMaterial = field(kw_only=True)
    reviews: ReviewCards = field(kw_only=True)

    @property
    def read(self) -> ReadCourses:
        """Courses and lessons, for whoever may read them."""
        return ReadCourses(self.gateway, self.ask.parts.admit, self.checks.keep)

    @property
    def read_document(self) -> ReadDocument:
        """Documents that are read and not kept."""
        return ReadDocument(self.material.attachments.index, self.material.largest_document)

    @property
    def classify(self) -> Classify:
        """What texts are about."""
        return Classify(self.gateway)

    @property
    def search_courses(self) -> SearchCourses:
        """Passages of one course or of all."""
        search = SearchCourse(self.gateway, self.ask.parts, self.checks.keep)
        return SearchCourses(self.gateway, search, self.read)

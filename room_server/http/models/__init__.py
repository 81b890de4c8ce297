"""Request and response bodies of the REST API, one place for handlers, OpenAPI and the page's generated types.

Routes (all under ``/api``; bodies JSON; errors ``{"error": WireError}`` with a 4xx status):

==============================================  ==========================================================
``POST sign-in``                                SignIn -> StaffMe (sets the device-session cookie)
``POST sign-in/link``                           SignInWithLink -> StaffMe
``POST sign-out``                               -> {}
``GET me``                                      -> StaffMe
``POST me/password``                            ChangePassword -> StaffMe
``GET accounts`` / ``POST accounts``            -> AccountList / NewAccount -> AccountCreated (administrator)
``GET cases`` / ``POST cases``                  -> CaseList / NewCase -> CaseDetail
``GET cases/{id}`` / ``PATCH cases/{id}``       -> CaseDetail / CaseChanges -> CaseDetail
``POST cases/{id}/people``                      NewPerson -> CaseDetail
``PATCH|DELETE cases/{id}/people/{person}``     NewPerson -> CaseDetail / -> CaseDetail
``POST cases/{id}/hearings``                    NewHearing -> HearingDetail
``GET hearings``                                -> HearingList
``GET hearings/{id}`` / ``PATCH hearings/{id}`` -> HearingDetail / HearingChanges -> HearingDetail
``POST hearings/{id}/facts``                    NewAssertion -> HearingDetail
``POST hearings/{id}/determine``                -> HearingDetail
``POST hearings/{id}/rulings``                  NewRuling -> HearingDetail (judge)
``POST hearings/{id}/rulings/preview``          ContemplatedRuling -> RulingPreview (judge)
``GET awaiting``                                -> AwaitingList
``POST hearings/{id}/deadline``                 NewDeadline -> HearingDetail (clerk, presiding judge)
``POST hearings/{id}/schedule``                 -> HearingDetail
``POST hearings/{id}/open-lobby``               -> HearingDetail
``POST hearings/{id}/cancel``                   Reason -> HearingDetail
``POST hearings/{id}/participants/{pid}/invitation``    -> InvitationIssued (revokes an earlier one)
``DELETE hearings/{id}/participants/{pid}/invitation``  -> HearingDetail
``POST hearings/{id}/assignment``               AssignmentAnswer -> HearingDetail (the mediator)
``POST hearings/{id}/disclosure``               NewDisclosure -> HearingDetail (the mediator)
``GET hearings/{id}/eligibility``               -> EligibilityHistory
``GET hearings/{id}/eligibility.json``          -> the same for the file (download; logged)
``GET hearings/{id}/eligibility.pdf``           -> the same on paper (download; logged)
``POST hearings/{id}/eligibility/compare``      NewComparison -> EligibilityComparison
``POST hearings/{id}/enter``                    -> ParticipationRef (staff named in the hearing)
``POST hearings/{id}/courtroom``                -> ParticipationRef (this device is the courtroom)
``GET hearings/{id}/recording``                 -> RecordingDetail
``GET hearings/{id}/recording/video``           -> the composed MP4 (range requests)
``POST hearings/{id}/recording/verify``         -> RecordingDetail
``POST hearings/{id}/recording/compose``        -> RecordingDetail (once more after a failure)
``POST invitations/open``                       OpenInvitation -> InvitationInfo
``POST invitations/accept``                     AcceptInvitation -> ParticipationRef (sets the cookie)
``GET participations/{id}``                     -> JoinInfo
``POST participations/{id}/equipment``          EquipmentReport -> JoinInfo
``POST participations/{id}/declaration``        Declaration -> JoinInfo
``POST participations/{id}/disclosure``         DisclosureResponse -> JoinInfo (a side of a mediation)
``POST participations/{id}/token``              -> RoomToken
``GET participations/{id}/statement``           -> StatementSheet (a side, by its own link)
``POST participations/{id}/statement``          NewStatement -> StatementSheet
``PUT|DELETE participations/{id}/statement/draft``      NewStatement -> StatementSheet / -> StatementSheet
``GET participations/{id}/statement/deadline.ics``      -> the deadline as a calendar file
``GET site``                                    -> SiteInfo (court name, demo or not)
==============================================  ==========================================================

``{id}`` of a participation is the participant id (``par_…``); the device-session cookie decides whether it is held.
"""

from __future__ import annotations

from room_server.http.models.base import *
from room_server.http.models.cases import *
from room_server.http.models.eligibility import *
from room_server.http.models.hearings import *
from room_server.http.models.joining import *
from room_server.http.models.mediation import *
from room_server.http.models.recordings import *
from room_server.http.models.rulings import *
from room_server.http.models.staff import *
from room_server.http.models.statements import *

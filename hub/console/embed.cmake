# CONSOLE_C: the console's templates, style, script and texts as one generated C file. The texts are a gettext
# catalogue: read with polib, checked with msgfmt.
set(CONSOLE_PYTHON ${OD_WORDS_PYTHON})
set(CONSOLE_DIR ${CMAKE_CURRENT_LIST_DIR})
set(CONSOLE_FILES
  app.js icon.svg live.js paper.css rating.css statistics.css style.css po/LINGUAS
  templates/paper-acceptance.html templates/paper-certificate.html templates/paper-contact.html templates/paper-decision.html
  templates/paper-evaluation.html templates/paper-foot.html templates/paper-head.html templates/paper-not-accepted.html
  templates/paper-notice.html templates/paper-qr.html templates/paper-rate.html templates/paper-receipt-of.html
  templates/paper-seal.html templates/papers.html
  templates/alerts.html templates/application.html templates/applications.html templates/apply.html templates/calendars.html
  templates/concern.html templates/concern-reply.html templates/concerns.html templates/evaluate.html templates/face.html templates/kiosk.html
  templates/letter.html templates/reply.html templates/stars.html
  templates/file.html templates/supply.html templates/catalog.html templates/certificate.html templates/days.html templates/field.html
  templates/level.html templates/marks.html templates/message.html templates/messages.html templates/notices.html templates/requests.html templates/year.html templates/fees.html templates/fees-pay.html templates/handover.html templates/handover-state.html templates/fees-refund.html templates/payments.html templates/fees-sums.html templates/result.html templates/result-body.html
  templates/connector.html templates/connector-plan.html templates/connectors.html templates/decision.html templates/foot.html templates/guide.html
  templates/head.html templates/home.html templates/news.html templates/where.html templates/currency.html templates/notice.html templates/problem.html templates/progress.html
  templates/percent.html templates/documents.html templates/document-field.html templates/filter-clear.html templates/none-fits.html templates/clock.html templates/event.html templates/preview.html templates/rate.html templates/heat-cell.html templates/statistics.html templates/assessments.html templates/assessment-facts.html templates/receipt.html templates/service.html templates/service-card.html templates/sign-in.html templates/keys.html templates/task.html templates/hall.html templates/register.html
  templates/evidence.html templates/tasks.html templates/track.html templates/track-form.html templates/worklist.html templates/incident.html templates/incidents.html templates/operations.html)
list(TRANSFORM CONSOLE_FILES PREPEND ${CONSOLE_DIR}/)
file(GLOB CONSOLE_WORDS CONFIGURE_DEPENDS ${CONSOLE_DIR}/po/*.po)
set(CONSOLE_C ${CMAKE_CURRENT_BINARY_DIR}/console.c)
add_custom_command(OUTPUT ${CONSOLE_C}
  COMMAND ${CONSOLE_PYTHON} ${CONSOLE_DIR}/embed.py ${CONSOLE_C} ${CONSOLE_FILES}
  DEPENDS ${CONSOLE_FILES} ${CONSOLE_WORDS} ${CONSOLE_DIR}/embed.py ${CONSOLE_DIR}/texts.py
  VERBATIM)
